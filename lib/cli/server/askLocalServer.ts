import { CommandFailed, UsageError } from "../failures.ts";
import type { Api } from "./api.ts";

/** Milliseconds within which a local server answers. */
const timeoutMilliseconds = 60_000;

/**
 * Asks a local server for what no deployed one has.
 * @param fields what is to be done; without them it is read
 * @throws CommandFailed if the server is none, UsageError if it asks for something else
 */
export async function askLocalServer<Answer>({ url }: Api, path: string, fields?: object): Promise<Answer> {
  const refusal = `${url} is no local server; only one that is started with npm start or sunroom start does that.`;
  const response = await send(`${url}${path}`, fields);
  const answer = await parsed(response);
  if (typeof answer?.message === "string") {
    const message = answer.message.trimEnd();
    const refused = message.includes("\n") ? `${message}\n(from ${url})\n` : `${message} (From ${url}.)`;
    if (response.status === 400) throw new UsageError(refused);
    if (response.status === 500) throw new CommandFailed(refused);
  }
  if (!response.ok || answer === undefined) throw new CommandFailed(refusal);
  // What the local server answers at this path.
  return answer as Answer;
}

async function send(url: string, fields: object | undefined): Promise<Response> {
  const body = fields && {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(fields),
  };
  try {
    return await fetch(url, { ...body, redirect: "manual", signal: AbortSignal.timeout(timeoutMilliseconds) });
  } catch {
    throw new CommandFailed(`Nothing answers at ${new URL(url).origin}; does the server run?`);
  }
}

async function parsed(response: Response): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const answer: unknown = JSON.parse(await response.text());
    // An object has fields of unknown values.
    return typeof answer === "object" && answer !== null ? (answer as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
