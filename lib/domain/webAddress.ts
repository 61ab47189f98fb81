const webSchemes: readonly string[] = ["http:", "https:"];
/** Where a link may lead besides: to writing to somebody, or calling. */
const linkSchemes: readonly string[] = [...webSchemes, "mailto:", "tel:", "sms:"];

const hasScheme = (address: string, schemes: readonly string[]): boolean =>
  URL.canParse(address) && schemes.includes(new URL(address).protocol);

/** Whether an address is one of the web. Of another scheme, such as `javascript:`, a browser may run what it holds. */
export const isWebAddress = (address: string): boolean => hasScheme(address, webSchemes);

/** Whether an address is one that a person may follow: of the web, a mailbox or a phone number. */
export const isLinkAddress = (address: string): boolean => hasScheme(address, linkSchemes);
