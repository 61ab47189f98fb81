import { readFileSync, writeFileSync } from "node:fs";
import { type Route, routes } from "../lib/api/routes.ts";

/** Writes the table of operations in docs/api.md from `lib/api/routes.ts`. `npm run docs`. */

const document = new URL("../docs/api.md", import.meta.url);
const [before = "", , after = ""] = readFileSync(document, "utf8").split(
  /<!-- (?:begin|end) of the table of operations -->\n/,
);
const rows = Object.entries<Route>(routes).map(([operation, { routeKeys, scopes, summary }]) => {
  const cells = [operation, routeKeys.map((routeKey) => `\`${routeKey}\``).join(" "), scopes.join(", "), summary];
  return `| ${cells.join(" | ")} |\n`;
});
const table = `| operation | route | who may call | what it does |\n|---|---|---|---|\n${rows.join("")}`;
writeFileSync(
  document,
  `${before}<!-- begin of the table of operations -->\n${table}<!-- end of the table of operations -->\n${after}`,
);
