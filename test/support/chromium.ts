import { existsSync } from "node:fs";

/** The browser of the browser tests: what `CHROMIUM` names or Debian's; `undefined` where there is none. */
export const chromium: string | undefined = [process.env.CHROMIUM ?? "", "/usr/bin/chromium"].find(
  (path) => path !== "" && existsSync(path),
);
