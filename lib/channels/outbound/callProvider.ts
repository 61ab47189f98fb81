import type { ChannelType } from "../../model/channel.ts";
import type { ChannelApiUrls, DeliveryFailure, ProviderAnswer, ProviderRequest } from "../../model/channelCall.ts";

/** How a channel's provider is reached. */
export interface ProviderAccess {
  readonly type: ChannelType;
  readonly apiUrls: ChannelApiUrls;
  /** The time-out over everything, to the end of the answer: 20 s. */
  readonly milliseconds?: number | undefined;
}

/** The reason why there is no answer: never with the URL, which may hold a token. */
export type ProviderError =
  | "timeout"
  | "connection refused"
  | "connection reset"
  | "certificate refused"
  | "connection failed"
  /** The request is for another host than the provider's, or not encrypted. */
  | "not allowed"
  /** The credentials have characters that no header can carry: the provider cannot know them. */
  | "not writable";

/** Reads what the lack of an answer means for good; `undefined` if there is one, or another attempt may have one. */
export const finalFailureOf = (answer: ProviderAnswer | { readonly error: ProviderError }) =>
  "error" in answer ? finalFailures[answer.error] : undefined;

const finalFailures: Readonly<Partial<Record<ProviderError, DeliveryFailure>>> = {
  "not allowed": { reason: "refused", message: "The request was for another host than the channel's." },
  "not writable": {
    reason: "wrongCredentials",
    message: "The integration's credentials have characters that none has.",
  },
};

/** Bytes that are read of an answer. */
const readLimit = 64 * 1024;

/**
 * Makes a request at a channel's provider, or where the channel's API is pointed, and reads the beginning of its answer.
 * Redirects are answers like any other. Never throws: a provider can do nothing that is our fault.
 * @param origins those of the provider's API; a request to another one is not made
 */
export async function callProvider(
  { type, apiUrls, milliseconds = 20_000 }: ProviderAccess,
  { method, url, headers, body }: ProviderRequest,
  origins: readonly string[],
): Promise<ProviderAnswer | { readonly error: ProviderError }> {
  const target = targetOf(url, origins, apiUrls[type]);
  if (target === undefined) return { error: "not allowed" };
  if (!areWritable(headers)) return { error: "not writable" };
  try {
    const answer = await fetch(target, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      signal: AbortSignal.timeout(milliseconds),
    });
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: answer.body === null ? "" : await readBeginning(answer.body),
    };
  } catch (error) {
    return { error: reasonOf(error) };
  }
}

/** Tells whether headers can be sent. https://fetch.spec.whatwg.org/#concept-header-value */
function areWritable(headers: ProviderRequest["headers"]): boolean {
  try {
    return new Headers(headers) !== undefined;
  } catch {
    return false;
  }
}

/** Answers where a request goes: to the provider, by TLS alone, or where its API is pointed; `undefined` to no other. */
function targetOf(url: string, origins: readonly string[], apiUrl: string | undefined): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { origin, protocol, pathname, search } = new URL(url);
  if (!origins.includes(origin)) return undefined;
  if (apiUrl !== undefined) return apiUrl.replace(/\/{1,16}$/, "") + pathname + search;
  return protocol === "https:" ? url : undefined;
}

/** Reads a body up to the bound; of a longer one the rest is left, and the connection closed. */
async function readBeginning(body: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= readLimit) break;
  }
  return Buffer.concat(chunks).subarray(0, readLimit).toString();
}

/** Names the reason of a failed request: by the error's code, since its message may hold the URL. */
function reasonOf(error: unknown): ProviderError {
  if (!(error instanceof Error)) return "connection failed";
  if (error.name === "TimeoutError") return "timeout";
  const { cause } = error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ECONNREFUSED") return "connection refused";
  if (["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].includes(code)) return "connection reset";
  if (["ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"].includes(code))
    return "timeout";
  if (/CERT|SELF_SIGNED|UNABLE_TO|HOSTNAME|ALTNAME/.test(code)) return "certificate refused";
  return "connection failed";
}
