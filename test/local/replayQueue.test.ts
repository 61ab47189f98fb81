import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { replayQueue } from "../../lib/local/replayQueue.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sunroom-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A worker that writes down what it gets and fails at bodies that say so. */
function worker() {
  const seen: string[] = [];
  const handle = async (batch: object) => {
    const { Records } = batch as { Records: { messageId: string; body: string }[] };
    seen.push(...Records.map((record) => record.body));
    const failed = Records.filter((record) => record.body === "fail");
    return { batchItemFailures: failed.map((record) => ({ itemIdentifier: record.messageId })) };
  };
  return { seen, load: async () => handle };
}

describe("the local queue of events that could not be stored", () => {
  test("hands them on oldest first, deletes what is done with and keeps what failed", async () => {
    for (const [name, body] of Object.entries({ "2-b.json": "second", "1-a.json": "fail", "3-c.json": "third" }))
      writeFileSync(join(folder, name), body);
    const { seen, load } = worker();
    await replayQueue(folder, load);
    expect(seen).toEqual(["fail", "second", "third"]);
    expect(readdirSync(folder)).toEqual(["1-a.json"]);
  });

  test("does not meet a file that is still being written", async () => {
    writeFileSync(join(folder, "1-a.part"), "half");
    const { seen, load } = worker();
    await replayQueue(folder, load);
    expect(seen).toEqual([]);
  });

  test("does nothing where nothing was ever queued", async () => {
    await replayQueue(join(folder, "none"), () => Promise.reject(new Error("not asked for")));
    expect(readdirSync(folder)).toEqual([]);
  });
});
