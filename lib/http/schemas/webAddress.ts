const webSchemes: readonly string[] = ["http:", "https:"];
/** Further schemes of links: for writing to a person, or calling. */
const linkSchemes: readonly string[] = [...webSchemes, "mailto:", "tel:", "sms:"];

const hasScheme = (address: string, schemes: readonly string[]): boolean =>
  URL.canParse(address) && schemes.includes(new URL(address).protocol);

/** Tells whether a URL is one of the web. From another scheme, such as `javascript:`, a browser may run its content. */
export const isWebAddress = (address: string): boolean => hasScheme(address, webSchemes);

/**
 * Characters that a client may drop from a URL before it reads the scheme: spaces, line breaks, invisible characters.
 */
const ignorable = /[\s\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Tells whether a client that opens a URL may run its content, even if the scheme is disguised.
 * @see https://url.spec.whatwg.org/#concept-basic-url-parser
 */
export const canRunScript = (address: string): boolean =>
  /^(?:(?:view-source|feed|jar):){0,8}(?:javascript|data|vbscript|blob|filesystem):/i.test(
    address.replace(ignorable, ""),
  );

/** Tells whether a URL is one that a person may follow: of the web, a mailbox or a phone number. */
export const isLinkAddress = (address: string): boolean => hasScheme(address, linkSchemes);
