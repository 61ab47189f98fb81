import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runSunroom } from "../support/runSunroom.ts";

const folder = mkdtempSync(join(tmpdir(), "sunroom-account-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command on the text of a secret, and reads the text that it writes. */
async function next(secret: unknown, ...words: readonly string[]) {
  const file = join(folder, "secret.json");
  writeFileSync(file, JSON.stringify(secret));
  const { code, stdout, stderr } = await runSunroom(["account", ...words, "--from", file]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

const old = { id: "act_old", secret: "s" };
const fresh = { id: expect.stringMatching(/^act_[0-9a-f]{24}$/), secret: expect.stringMatching(/^[0-9a-f]{64}$/) };

describe("the rotation of the account key", () => {
  test("makes another key and keeps the old one beside it, until it is retired", async () => {
    const rotated = await next(old, "rotate");
    expect(rotated).toEqual({ ...fresh, previous: old });
    expect(await next(rotated, "retire")).toEqual({ id: rotated.id, secret: rotated.secret });
    const again = await next(rotated, "rotate");
    expect(again).toEqual({ ...fresh, previous: { id: rotated.id, secret: rotated.secret } });
  });

  test("leaves out a key that has leaked", async () => {
    expect(await next({ ...old, previous: old }, "rotate", "--leaked")).toEqual(fresh);
  });

  test.each(["rotate", "retire"])("%s refuses what is no account key's secret", async (command) => {
    const file = join(folder, "another.json");
    for (const text of ["", "{}", "null", '{"id":"app_1","secret":"s"}']) {
      writeFileSync(file, text);
      const { code, stdout } = await runSunroom(["account", command, "--from", file]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    }
  });
});
