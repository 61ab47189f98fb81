import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, matchesGlob, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = ["bench", "bin", "cli", "docs", "functions", "lib", "scripts", "sdk", "test"];
const isOurs = (path: string) => !/(^|\/)(node_modules|dist)\//.test(`${path}/`);

/** Every file and folder, by its path from the root. */
const places = [
  ...readdirSync(root),
  ...folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter(isOurs)
      .map((path) => [folder, ...path.split(sep)].join("/")),
  ),
];
const documents = places.filter((path) => path.endsWith(".md"));
const textOf = (document: string) => readFileSync(join(root, document), "utf8");

/** `npm run bench` writes it, in the words of the benchmarks. */
const generated = ["docs/performance.md"];
const written = documents.filter((document) => !generated.includes(document));

/** Writes a path with alternatives as each of them: `a/{b,c}` as `a/b` and `a/c`. */
function expanded(path: string): readonly string[] {
  const [whole, alternatives] = /\{([^{}]*)\}/.exec(path) ?? [];
  if (whole === undefined || alternatives === undefined) return [path];
  return alternatives.split(",").flatMap((one) => expanded(path.replace(whole, one)));
}

/** Lists the paths of our tree that a text names; what stands in angle brackets may be any name. */
function pathsIn(text: string): readonly string[] {
  const path = new RegExp(`(?<![\\w./:-])(?:${folders.join("|")})/(?:[\\w./*<>-]|\\{[^{}]*\\})*`, "g");
  return [...text.matchAll(path)]
    .flatMap(([found]) => expanded(found.replaceAll(/<\w+>/g, "*").replace(/[.,/]+$/, "")))
    .filter((found) => found.includes("/"));
}

/** Lists the anchors of a document's headings, as GitHub makes them. */
const anchorsOf = (document: string) =>
  [...textOf(document).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

/** Tells whether a link of a document leads to a file, and to a heading in it if it names one. */
function leadsSomewhere(document: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? document : join(dirname(document), path).split(sep).join("/");
  return places.includes(target) && (anchor === undefined || anchorsOf(target).includes(anchor));
}

describe("a document", () => {
  test.each(documents)("%s names no file or folder that does not exist", (document) => {
    const paths = [...new Set(pathsIn(textOf(document)))].filter((path) => !places.includes(path));
    expect(paths.filter((path) => !places.some((place) => matchesGlob(place, path)))).toEqual([]);
  });

  test.each(documents)("%s has no link of its own that leads nowhere", (document) => {
    const links = [...textOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
    const own = links.filter((link) => !/^\w+:/.test(link));
    expect(own.filter((link) => !leadsSomewhere(document, link))).toEqual([]);
  });

  test.each(written)("%s has no table whose cells take more than 25 words", (document) => {
    const cells = [...textOf(document).matchAll(/^\|(.*)\|$/gm)].flatMap(([, row = ""]) => row.split(" | "));
    expect(cells.filter((cell) => cell.trim().split(/\s+/).length > 25)).toEqual([]);
  });

  test.each(written)("%s names the user, the client, the caller, and not some person", (document) => {
    expect(textOf(document).match(/\b(?:some|no|any|every)body\b|\bwho(?:so)?ever\b/gi) ?? []).toEqual([]);
  });

  test("the README is at most 150 lines", () => {
    expect(textOf("README.md").split("\n").length).toBeLessThanOrEqual(150);
  });
});
