const webSchemes: readonly string[] = ["http:", "https:"];
/** Where a link may lead besides: to writing to somebody, or calling. */
const linkSchemes: readonly string[] = [...webSchemes, "mailto:", "tel:", "sms:"];

const hasScheme = (address: string, schemes: readonly string[]): boolean =>
  URL.canParse(address) && schemes.includes(new URL(address).protocol);

/** Whether an address is one of the web. Of another scheme, such as `javascript:`, a browser may run what it holds. */
export const isWebAddress = (address: string): boolean => hasScheme(address, webSchemes);

/** What a client may leave out of an address before it reads the scheme: spaces, line breaks, what is not seen. */
const ignorable = /[\s\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Whether a client that opens an address may run what it holds, also where its scheme is disguised.
 *
 * @see https://url.spec.whatwg.org/#concept-basic-url-parser
 */
export const canRunScript = (address: string): boolean =>
  /^(?:(?:view-source|feed|jar):){0,8}(?:javascript|data|vbscript|blob|filesystem):/i.test(
    address.replace(ignorable, ""),
  );

/** Whether an address is one that a person may follow: of the web, a mailbox or a phone number. */
export const isLinkAddress = (address: string): boolean => hasScheme(address, linkSchemes);
