import type { LambdaHandler } from "./pipeline.ts";

/** The statuses that sign a page out. */
const refusals = [401, 403, 404];

/**
 * Makes the operation by which a page resumes its stored session answer so that a page with an ended session starts
 * anew. The vendor's 4.29 web client forgets a refused session only if the answer is not `application/json`; otherwise
 * it fails on this visit and all later ones. Web clients get the same JSON as `text/plain`: newer ones read it under
 * any type. Phones, which read `error.code`, and a token, which is renewed, get the usual answer.
 */
export const resumingOperation =
  (handler: LambdaHandler): LambdaHandler =>
  async (event, context) => {
    const answer = await handler(event, context);
    const header = (name: string) =>
      Object.entries(event.headers).find(([key]) => key.toLowerCase() === name)?.[1] ?? "";
    const isPage = header("x-smooch-sdk").startsWith("web/") && !/^bearer /i.test(header("authorization").trim());
    if (!isPage || !refusals.includes(answer.statusCode ?? 0)) return answer;
    return { ...answer, headers: { ...answer.headers, "content-type": "text/plain; charset=utf-8" } };
  };
