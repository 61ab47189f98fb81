import { existsSync } from "node:fs";

/**
 * The browser of the browser tests: what `CHROMIUM` names, or Debian's, without its windows where that is installed:
 * the tests take half the time with it. `undefined` where there is none.
 */
export const chromium: string | undefined = [
  process.env.CHROMIUM ?? "",
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
].find((path) => path !== "" && existsSync(path));
