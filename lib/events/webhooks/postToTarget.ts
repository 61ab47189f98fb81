import { type IncomingMessage, type RequestOptions, request as requestPlainly } from "node:http";
import { request as requestSecurely } from "node:https";
import { checkTarget, pinnedTo, type Refusal, type Resolve } from "../../aws/targetGuard.ts";
import type { TargetRange } from "../../aws/targetRange.ts";

/** How targets are reached. */
export interface TargetAccess {
  readonly range: TargetRange;
  /** The time-out over everything, from the look-up of the name to the end of the answer: 20 s. */
  readonly milliseconds?: number | undefined;
  /** The name service; without it, the machine's. */
  readonly resolve?: Resolve | undefined;
  /** A certificate to trust besides; without it, those that Node.js trusts. */
  readonly ca?: Buffer | undefined;
}

/** What came of a request: the target's answer, or the reason why there is none. */
export type TargetAnswer = { readonly milliseconds: number } & (
  | {
      readonly status: number;
      /** The beginning of the body, if it is text. */
      readonly answer: string | undefined;
      readonly retryAfter: string | undefined;
    }
  | { readonly error: TargetError }
);

export type TargetError =
  | Refusal
  | "timeout"
  | "connection refused"
  | "connection reset"
  | "certificate refused"
  | "invalid answer"
  | "connection failed";

/** Bytes that are read of an answer's body, and those that are kept of them. */
const readLimit = 4096;
const keptLimit = 1024;

/** Milliseconds until a slow address is given up for the next one of the same name; Node.js itself waits for 250. */
const addressMilliseconds = 2_500;

/**
 * Sends a body to a target and reads the beginning of its answer. The name is resolved once, and the connection goes to
 * an address that was checked, whatever the name service says a moment later. Redirects are answers like any other, and
 * an answer counts when it is whole, or 4 kB of it. Never throws: a target can do nothing that is our fault.
 */
export async function postToTarget(
  target: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  { range, resolve, ca, milliseconds = 20_000 }: TargetAccess,
): Promise<TargetAnswer> {
  const started = performance.now();
  const timer = new AbortController();
  const timeout = setTimeout(() => timer.abort(), milliseconds);
  const expired = new Promise<"timeout">((resolve) =>
    timer.signal.addEventListener("abort", () => resolve("timeout"), { once: true }),
  );
  const measured = () => ({ milliseconds: Math.round(performance.now() - started) });
  try {
    const url = new URL(target);
    const addresses = await Promise.race([expired, checkTarget(url.hostname, range, resolve)]);
    if (typeof addresses === "string") return { error: addresses, ...measured() };
    const answer = await Promise.race([
      expired,
      exchange(url, body, { headers, lookup: pinnedTo(addresses), signal: timer.signal, ...(ca ? { ca } : {}) }),
    ]);
    return { ...(answer === "timeout" ? { error: answer } : answer), ...measured() };
  } catch (error) {
    return { error: reasonOf(error), ...measured() };
  } finally {
    clearTimeout(timeout);
  }
}

/** Makes a request on a connection of its own, and reads the beginning of the answer. */
function exchange(
  url: URL,
  body: Buffer,
  options: Pick<RequestOptions, "lookup" | "signal"> & {
    readonly headers: Readonly<Record<string, string>>;
    readonly ca?: Buffer;
  },
): Promise<{ status: number; answer: string | undefined; retryAfter: string | undefined }> {
  const send = url.protocol === "https:" ? requestSecurely : requestPlainly;
  const settings = { ...options, method: "POST", agent: false, autoSelectFamilyAttemptTimeout: addressMilliseconds };
  const headers = { ...options.headers, "content-length": String(body.length) };
  return new Promise((resolve, reject) => {
    const request = send(url, { ...settings, headers }, (answer) => {
      readBeginning(answer).then(
        (read) =>
          resolve({
            status: answer.statusCode ?? 0,
            answer: asText(read),
            retryAfter: answer.headers["retry-after"],
          }),
        reject,
      );
    });
    // A target that changes the protocol answers nothing.
    request.on("upgrade", (_answer, socket) => {
      socket.destroy();
      reject(Object.assign(new Error("The target changes the protocol."), { code: "HPE_UPGRADE" }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** Reads a body up to the bound, and closes the connection. Throws if it is cut off. */
async function readBeginning(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop destroys the answer, and the connection with it.
  for await (const chunk of answer) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= readLimit) break;
  }
  return Buffer.concat(chunks).subarray(0, keptLimit);
}

/** Reads bytes as text, which may end within a character; `undefined` for other content, and for none. */
function asText(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what tells text from other content
    return text === "" || /[\u0000-\u0008\u000e-\u001f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Names the reason of a failed connection: by the error's code, since its message may hold the target. */
function reasonOf(error: unknown): TargetError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ECONNREFUSED") return "connection refused";
  if (["ECONNRESET", "EPIPE"].includes(code)) return "connection reset";
  if (code === "ETIMEDOUT") return "timeout";
  if (code.startsWith("HPE_")) return "invalid answer";
  if (/CERT|SELF_SIGNED|UNABLE_TO|HOSTNAME|ALTNAME/.test(code)) return "certificate refused";
  return "connection failed";
}
