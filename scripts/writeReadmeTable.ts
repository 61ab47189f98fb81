import { readFileSync, writeFileSync } from "node:fs";
import { type Route, routes } from "../lib/routes.ts";

/** Writes the README's table of operations from `lib/routes.ts`. `npm run readme`. */

const readme = new URL("../README.md", import.meta.url);
const [before = "", , after = ""] = readFileSync(readme, "utf8").split(
  /<!-- (?:begin|end) of the table of operations -->\n/,
);
const rows = Object.entries<Route>(routes).map(
  ([operation, route]) =>
    `| ${operation} | ${route.routeKeys.map((routeKey) => `\`${routeKey}\``).join(" ")} | ${route.summary} |\n`,
);
const table = `| operation | route | what it does |\n|---|---|---|\n${rows.join("")}`;
writeFileSync(
  readme,
  `${before}<!-- begin of the table of operations -->\n${table}<!-- end of the table of operations -->\n${after}`,
);
