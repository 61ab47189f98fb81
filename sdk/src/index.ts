import { createSmooch } from "./smooch.ts";

/** Replaced at build time; empty unless the build was given a base URL. */
declare const CONFIG_BASE_URL: string;

/**
 * The SDK of this page. Loaded from the server itself, it finds the server by its own address; bundled into an app,
 * `init` needs `configBaseUrl`.
 */
const Smooch = createSmooch(globalThis.window, CONFIG_BASE_URL || servedFrom(import.meta.url));

export default Smooch;
export { SmoochError } from "./SmoochError.ts";
export type * from "./types.ts";

/** Answers the folder from which a module was served; none for a module from disk. */
function servedFrom(url: string): string | undefined {
  return /^https?:/.test(url) ? new URL(".", url).href : undefined;
}
