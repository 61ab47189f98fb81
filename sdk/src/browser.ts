/** The parts of a browser window that the SDK uses; `window` is one. */
export type Browser = Pick<
  Window & typeof globalThis,
  | "fetch"
  | "setTimeout"
  | "clearTimeout"
  | "localStorage"
  | "sessionStorage"
  | "navigator"
  | "document"
  | "location"
  | "addEventListener"
  | "removeEventListener"
>;
