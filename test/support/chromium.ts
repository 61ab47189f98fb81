import { existsSync } from "node:fs";

/**
 * The browser of the browser tests: the one in `CHROMIUM`, or Debian's, preferably without windows, since the tests
 * take half the time with it. `undefined` if there is none.
 */
export const chromium: string | undefined = [
  process.env.CHROMIUM ?? "",
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
].find((path) => path !== "" && existsSync(path));
