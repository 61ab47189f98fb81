import type { LambdaHandler } from "./pipeline.ts";

/** What tells a page that it is signed out. */
const refusals = [401, 403, 404];

/**
 * The operation by which a page resumes its stored session, answering so that a page whose session has ended begins anew.
 * The vendor's 4.29 web client forgets a session that is refused only where the refusal is not `application/json`; with
 * one that is, it fails on this visit and all later ones. Web clients get the same JSON as `text/plain`: newer ones read
 * it whatever it is called. Phones, which go by `error.code`, and a token, which is renewed, get what every call gets.
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
