import type { ProviderRequest } from "../../model/channelCall.ts";

/** The values of a form: a list is its name again for each value, and what is absent is left out. */
export type FormValues = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Writes a request with the fields of a form. */
export const formRequest = (url: string, values: FormValues, headers: Readonly<Record<string, string>>) =>
  ({
    method: "POST",
    url,
    headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
    body: String(new URLSearchParams(pairsOf(values))),
  }) satisfies ProviderRequest;

const pairsOf = (values: FormValues): [string, string][] =>
  Object.entries(values).flatMap(([name, value]) =>
    (value === undefined ? [] : [value].flat()).map((one): [string, string] => [name, one.toWellFormed()]),
  );

/** Writes credentials for HTTP's basic authentication. https://www.rfc-editor.org/rfc/rfc7617 */
export const basicAuthorization = (name: unknown, password: unknown): Readonly<Record<string, string>> => ({
  authorization: `Basic ${Buffer.from(`${name ?? ""}:${password ?? ""}`).toString("base64")}`,
});

/** Addresses and names of this machine, and of networks of one's own. */
const ownAddresses = /^(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254|0)\.[\d.]+$/;
const ownNames = /\.(?:localhost|local|internal)$/;

/** Tells whether a provider may be able to call a URL: one of this machine alone is refused by most. */
export function isPublicUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return (
    /^https?:$/.test(protocol) && hostname.includes(".") && !ownAddresses.test(hostname) && !ownNames.test(hostname)
  );
}
