import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { spool, whenSpooled } from "../../lib/aws/spool.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sunroom-spool-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("files are there whole, in the order of their writing", async () => {
  for (const text of ["a", "b", "c"]) await spool(join(folder, "new"), text, 7);
  const names = readdirSync(join(folder, "new"));
  expect(names.every((name) => /^7-\d{9}-[0-9a-f-]{36}\.json$/.test(name))).toBe(true);
  expect(names).toHaveLength(3);
});

test("who works on a folder is told of each file when it is there, and of no other folder's", async () => {
  const seen: number[] = [];
  whenSpooled(join(folder, "mine"), () => seen.push(readdirSync(join(folder, "mine")).length));
  await spool(`${join(folder, "mine")}/`, "a");
  await spool(join(folder, "other"), "b");
  await spool(join(folder, "mine"), "c");
  expect(seen).toEqual([1, 2]);
});
