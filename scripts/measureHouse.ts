import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";

/** Measures folders, functions and the words of comments: `npm run house [-- path of another checkout]`. */

const root = resolve(process.argv[2] ?? join(import.meta.dirname, ".."));

function sources(folder: string): { folder: string; text: string }[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mts|js|mjs|cjs)$/.test(entry.name))
    .filter((entry) => !/\b(node_modules|dist)\b/.test(relative(root, entry.parentPath)))
    .map((entry) => ({
      folder: relative(root, entry.parentPath),
      text: readFileSync(join(entry.parentPath, entry.name), "utf8"),
    }));
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

/** Reads the text of comments; consecutive lines of `//` are one comment. Tool directives do not count. */
function comments(text: string): string[] {
  return [...text.matchAll(/(?<=^|[\s;,({[])(?:\/\*[\s\S]*?\*\/|\/\/ .*(?:\n[ \t]*\/\/ .*)*)/g)]
    .map(([comment]) => comment.replace(/^\s*(?:\/\*+|\*\/|\*|\/\/)|\*\/$/gm, " ").trim())
    .filter((comment) => /[a-z]/i.test(comment) && !/^(biome-|@ts-|@__PURE__|v8 |Stryker )/.test(comment));
}

/** Finds the longest and the most complex function, by Biome's findings at limits of 1. */
function largestFunctions(): Record<"lines" | "complexity", { size: number; place: string }> {
  const largest = { lines: { size: 0, place: "" }, complexity: { size: 0, place: "" } };
  const folder = mkdtempSync(join(tmpdir(), "house-"));
  const on = (options: object) => ({ level: "error", options });
  const complexity = {
    noExcessiveCognitiveComplexity: on({ maxAllowedComplexity: 1 }),
    noExcessiveLinesPerFunction: on({ maxLines: 1, skipBlankLines: true }),
  };
  writeFileSync(join(folder, "biome.json"), JSON.stringify({ linter: { rules: { preset: "none", complexity } } }));
  const { stdout } = spawnSync(
    join(import.meta.dirname, "../node_modules/.bin/biome"),
    ["lint", `--config-path=${folder}`, "--reporter=json", "--max-diagnostics=none", "lib", "functions"],
    { cwd: root, encoding: "utf8", maxBuffer: 1e9 },
  );
  rmSync(folder, { recursive: true });
  for (const { category, message, location } of JSON.parse(stdout).diagnostics) {
    const kind = category.endsWith("Complexity") ? "complexity" : "lines";
    const size = Number(/\d+/.exec(message)?.[0]);
    if (size > largest[kind].size) largest[kind] = { size, place: `\`${location.path}\` line ${location.start.line}` };
  }
  return largest;
}

const written = ["lib", "functions", "bin", "sdk", "cli", "bench", "scripts"].flatMap(sources);
const house = written.filter(({ folder }) => /^(lib|functions)\b/.test(folder));
const rooms = Object.groupBy(house, ({ folder }) => folder.split("/").slice(0, 2).join("/"));
console.log("| folder | files | folders | most files in a folder | median lines |\n|---|---|---|---|---|");
for (const [room, files = []] of Object.entries(rooms).toSorted(([a], [b]) => a.localeCompare(b))) {
  const folders = Object.values(Object.groupBy(files, ({ folder }) => folder)).map((inside = []) => inside.length);
  const lines = median(files.map(({ text }) => text.trimEnd().split("\n").length));
  console.log(`| ${room} | ${files.length} | ${folders.length} | ${Math.max(...folders)} | ${lines} |`);
}

const riddles = /^(?:Who|What|Whoever|Whose|Somebody|Nobody|Anybody|Anyone|Everybody|Where|When|How)\b/;
const persons = /\b(?:somebody|nobody|whoever|whose|anybody|everybody)\b/gi;
function wordsOf(files: { text: string }[]) {
  const all = files.flatMap(({ text }) => comments(text));
  const words = all.join(" ").match(/[\w'’-]+/g)?.length ?? 0;
  const share = (all.filter((comment) => riddles.test(comment)).length / all.length) * 100;
  const rate = ((all.join(" ").match(persons)?.length ?? 0) / words) * 1000;
  return { count: all.length, share: `${share.toFixed(1)} %`, rate: rate.toFixed(2) };
}
const [source, test] = [wordsOf(written), wordsOf(sources("test"))];
const { lines, complexity } = largestFunctions();
console.log(`
| measure | source | test |
|---|---|---|
| longest function, in lines | ${lines.size} (${lines.place}) | |
| worst cognitive complexity | ${complexity.size} (${complexity.place}) | |
| comments | ${source.count} | ${test.count} |
| comments that begin with Who, What, Somebody, Where, When, How … | ${source.share} | ${test.share} |
| somebody, nobody, whoever, whose … in a thousand words of comment | ${source.rate} | ${test.rate} |`);
