import { type IncomingMessage, type RequestOptions, request as requestPlainly } from "node:http";
import { request as requestSecurely } from "node:https";
import { checkTarget, pinnedTo, type Resolve } from "../../aws/targetGuard.ts";
import type { ProviderRequest } from "../../model/channelCall.ts";
import { fileLimit } from "../../model/files/attachment.ts";

/** How the files of a channel are reached. */
export interface FileAccess {
  /** The provider's hosts: whole names, or `.example.com` for all below. */
  readonly hosts: readonly string[];
  /** The base URL to which all of these are pointed instead. */
  readonly apiUrl?: string | undefined;
  /** Ends a request that takes too long. */
  readonly signal: AbortSignal;
  /** The name service; without it, the machine's. */
  readonly resolve?: Resolve | undefined;
}

/** A whole answer, which may be a file. */
export interface FileAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Buffer;
}

/** Why there is no answer. Never with the URL, which may hold a token. */
export type FileFault = "host not allowed" | "too large" | "no answer" | "too many redirects";

/** Number of redirects that are followed for one request. */
const redirectLimit = 5;

/** Milliseconds until a slow address is given up for the next one of the same name. */
const addressMilliseconds = 2_500;

/**
 * Makes a request that may answer a file, at the provider's hosts alone: by TLS, to an address that was checked, or where
 * the channel's API is pointed. Redirects are followed there, without the request's headers where they lead to another
 * origin: they have the account's credentials. Never throws: a provider can do nothing that is our fault.
 */
export async function requestFile(
  { method, url, headers, body }: ProviderRequest,
  access: FileAccess,
): Promise<FileAnswer | { readonly fault: FileFault }> {
  let asked = { method, url, headers, body };
  for (let redirects = 0; redirects <= redirectLimit; redirects++) {
    const answer = await requestOnce(asked, access);
    if ("fault" in answer) return answer;
    const { location } = answer.headers;
    const isRedirect = [301, 302, 303, 307, 308].includes(answer.status) && location !== undefined;
    if (!isRedirect) return answer;
    const next = URL.parse(location, asked.url);
    if (next === null) return { fault: "host not allowed" };
    const isSame = next.origin === new URL(asked.url).origin;
    asked = { method: "GET", url: next.href, headers: isSame ? asked.headers : {}, body: undefined };
  }
  return { fault: "too many redirects" };
}

async function requestOnce(
  asked: ProviderRequest,
  access: FileAccess,
): Promise<FileAnswer | { readonly fault: FileFault }> {
  const { signal, resolve } = access;
  const target = targetOf(asked.url, access);
  if (target === undefined) return { fault: "host not allowed" };
  const options: ExchangeOptions = { headers: asked.headers, signal };
  try {
    if (target.isPointed) return await exchange(target.url, asked, options);
    const addresses = await Promise.race([ending(signal), checkTarget(target.url.hostname, "public", resolve)]);
    if (addresses === "target not allowed") return { fault: "host not allowed" };
    if (typeof addresses === "string") return { fault: "no answer" };
    return await exchange(target.url, asked, { ...options, lookup: pinnedTo(addresses) });
  } catch {
    // The cause may name the URL.
    return { fault: "no answer" };
  }
}

const ending = (signal: AbortSignal): Promise<"ended"> =>
  new Promise((resolve) =>
    signal.aborted ? resolve("ended") : signal.addEventListener("abort", () => resolve("ended"), { once: true }),
  );

/** Answers where a request goes: to the provider, or where its API is pointed; `undefined` to no other place. */
function targetOf(
  address: string,
  { hosts, apiUrl }: FileAccess,
): { readonly url: URL; readonly isPointed: boolean } | undefined {
  const url = URL.parse(address);
  if (url === null || url.username !== "" || url.password !== "") return undefined;
  const isOfProvider = url.protocol === "https:" && url.port === "" && isAmong(url.hostname, hosts);
  if (apiUrl === undefined) return isOfProvider ? { url, isPointed: false } : undefined;
  const base = new URL(apiUrl);
  // Where the API is pointed may answer with URLs of its own.
  if (url.origin === base.origin) return { url, isPointed: true };
  if (!isOfProvider) return undefined;
  return { url: new URL(base.href.replace(/\/$/, "") + url.pathname + url.search), isPointed: true };
}

const isAmong = (hostname: string, hosts: readonly string[]): boolean =>
  hosts.some((host) => (host.startsWith(".") ? hostname.endsWith(host) : hostname === host));

type ExchangeOptions = Pick<RequestOptions, "lookup" | "signal" | "headers">;

/** Makes a request on a connection of its own, and reads the answer. */
function exchange(
  url: URL,
  { method, body = "" }: ProviderRequest,
  options: ExchangeOptions,
): Promise<FileAnswer | { readonly fault: "too large" }> {
  const send = url.protocol === "https:" ? requestSecurely : requestPlainly;
  const settings = { ...options, method, agent: false, autoSelectFamilyAttemptTimeout: addressMilliseconds };
  return new Promise((resolve, reject) => {
    const request = send(url, settings, (answer) => {
      readWhole(answer).then((bytes) => {
        const headers = Object.fromEntries(
          Object.entries(answer.headers).map(([name, value]) => [
            name,
            Array.isArray(value) ? value.join(", ") : value,
          ]),
        );
        resolve(bytes ? { status: answer.statusCode ?? 0, headers, bytes } : { fault: "too large" });
      }, reject);
    });
    request.on("upgrade", (_answer, socket) => {
      socket.destroy();
      reject(new Error("The provider changes the protocol."));
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** Reads a body, up to the size of a file; of a larger one nothing more, and closes the connection. */
async function readWhole(answer: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  const declared = Number(answer.headers["content-length"] ?? 0);
  if (declared > fileLimit) {
    answer.destroy();
    return undefined;
  }
  // Leaving the loop destroys the answer, and the connection with it.
  for await (const chunk of answer) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > fileLimit) return undefined;
  }
  return Buffer.concat(chunks);
}
