import { setTimeout as pause } from "node:timers/promises";
import { CommandFailed } from "../failures.ts";

/** An API key. */
export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

/** The REST API of a server as a command calls it. The OpenAPI description promises the type of an answer. */
export interface Api {
  /** The server, without a slash at the end. */
  readonly url: string;
  readonly credentials: Credentials;
  readonly get: <Answer>(path: string, query?: Query) => Promise<Answer>;
  readonly post: <Answer>(path: string, body: object) => Promise<Answer>;
  readonly patch: <Answer>(path: string, body: object) => Promise<Answer>;
  readonly delete: (path: string) => Promise<void>;
  /** The same API with another key. */
  readonly as: (credentials: Credentials) => Api;
}

export type Query = Readonly<Record<string, string>>;

/** Milliseconds within which a server answers. */
const timeoutMilliseconds = 60_000;
/** Number of attempts at a call for which the server has no capacity, and the milliseconds before the second. */
const tries = 6;
const firstPause = 500;

/** Calls the API at a URL with a key. Every method throws CommandFailed if it cannot be done. */
export function openApi(url: string, credentials: Credentials): Api {
  const base = url.replace(/\/{1,16}$/, "");
  const authorization = `Basic ${Buffer.from(`${credentials.id}:${credentials.secret}`).toString("base64")}`;

  async function send(method: string, path: string, body?: object): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      const response = await request(base, path, {
        method,
        headers: { authorization, ...(body ? { "content-type": "application/json" } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      if (response.status === 429 && attempt < tries) {
        await response.body?.cancel();
        await pause(firstPause * 2 ** (attempt - 1));
        continue;
      }
      return answerOf(response, base, credentials.id);
    }
  }

  return {
    url: base,
    credentials,
    // The API promises the answers' types; errors and texts other than JSON never come here.
    get: async <Answer>(path: string, query: Query = {}) =>
      (await send("GET", `${path}${Object.keys(query).length > 0 ? `?${new URLSearchParams(query)}` : ""}`)) as Answer,
    post: async <Answer>(path: string, body: object) => (await send("POST", path, body)) as Answer,
    patch: async <Answer>(path: string, body: object) => (await send("PATCH", path, body)) as Answer,
    delete: async (path) => void (await send("DELETE", path)),
    as: (other) => openApi(url, other),
  };
}

async function request(base: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${base}${path}`, {
      ...init,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
  } catch (error) {
    const { cause, name } = error instanceof Error ? error : new Error();
    const code = cause instanceof Error && "code" in cause ? ` (${cause.code})` : "";
    if (name === "TimeoutError") throw new CommandFailed(`${base} does not answer.`);
    throw new CommandFailed(`Nothing answers at ${base}${code}; is the URL right, and does the server run?`);
  }
}

/** Reads the JSON of an answer, or throws its error in one sentence. */
async function answerOf(response: Response, base: string, keyId: string): Promise<unknown> {
  const answer = await parsed(response);
  if (response.ok && typeof answer === "object" && answer !== null) return answer;
  const errors = errorsOf(answer);
  if (errors.length === 0)
    throw new CommandFailed(`${base} answered ${response.status}, but not as Sunroom does; is the URL right?`);
  const titles = errors.map((error) => error.title.replace(/\.$/, "")).join("; ");
  if (response.status === 401) throw new CommandFailed(`${base} does not accept the key ${keyId}: ${titles}.`);
  if (response.status === 403) throw new CommandFailed(`At ${base} the key ${keyId} may not do that: ${titles}.`);
  const code = `${response.status} ${errors[0]?.code}`;
  throw new CommandFailed(`${titles} (${code} from ${base}, asked with the key ${keyId}).`, response.status);
}

async function parsed(response: Response): Promise<unknown> {
  try {
    return JSON.parse(await response.text());
  } catch {
    return undefined;
  }
}

function errorsOf(answer: unknown): readonly { readonly code: string; readonly title: string }[] {
  if (typeof answer !== "object" || answer === null || !("errors" in answer) || !Array.isArray(answer.errors))
    return [];
  return answer.errors.filter(
    (error: unknown) =>
      typeof error === "object" &&
      error !== null &&
      "code" in error &&
      "title" in error &&
      typeof error.title === "string",
  );
}
