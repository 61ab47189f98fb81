import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { routes } from "../../../lib/api/routes.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const read = (file: string) => readFileSync(join(root, file), "utf8");
const filesIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${folder}/${file.split(sep).join("/")}`);

/** Lists a file and all that it imports, by whatever way; of a computed name the folders before it. */
function reachedFrom(file: string, reached = new Set<string>()): ReadonlySet<string> {
  if (reached.has(file)) return reached;
  reached.add(file);
  for (const [, specifier = ""] of read(file).matchAll(/(?:from|import\()\s*["`](\.[^"`$]+)/g))
    if (specifier.endsWith(".ts"))
      reachedFrom(
        normalize(join(dirname(file), specifier))
          .split(sep)
          .join("/"),
        reached,
      );
  return reached;
}

test("no route is where the test-control API is", () => {
  const keys = Object.values(routes).flatMap(({ routeKeys }) => routeKeys);
  expect(keys.filter((key) => / \/local\b/.test(key))).toEqual([]);
});

test("no function can reach it, or what it does to the table", () => {
  const reached = new Set(filesIn("functions").flatMap((file) => [...reachedFrom(file)]));
  expect(reached.has("lib/runtime.ts")).toBe(true);
  expect([...reached].filter((file) => /^lib\/(local|testControl)\//.test(file))).toEqual([]);
});

test("the stack knows nothing of it", () => {
  const ofStack = [...filesIn("lib/infra"), ...filesIn("lib/api"), "bin/app.ts"];
  expect(ofStack.filter((file) => /x-sunroom-control|local\/control|testControl/.test(read(file)))).toEqual([]);
});

test("only it sets the clock, the source of ids, and the table", () => {
  const setters = /\b(setClock|setIdSource|changeTable)\b/;
  const setting = [...filesIn("lib"), ...filesIn("functions"), ...filesIn("bin")].filter((file) =>
    setters.test(read(file)),
  );
  expect(setting.sort()).toEqual([
    "lib/db/db.ts",
    "lib/local/control/clockAndIds.ts",
    "lib/model/sources/clock.ts",
    "lib/model/sources/idSource.ts",
    "lib/testControl/tableInUse.ts",
  ]);
});
