import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHelp } from "../../lib/local/start/startOptions.ts";
import { caller } from "../support/caller.ts";
import { type LocalProcess, startLocal } from "../support/startLocal.ts";

const document = readFileSync(new URL("../../docs/standIn.md", import.meta.url), "utf8");
const sourceOf = (path: string) => readFileSync(new URL(`../../lib/local/${path}`, import.meta.url), "utf8");

/** Finds the example in JSON that has a word. */
function exampleWith(word: string): object {
  const examples = [...document.matchAll(/```json\n(.*?)```/gs)].map(([, text = ""]) => text);
  return JSON.parse(examples.find((text) => text.includes(`"${word}"`)) ?? "");
}

const directory = mkdtempSync(join(tmpdir(), "sunroom-"));
const token = "only-for-tests";
let local: LocalProcess;

beforeAll(async () => {
  const seed = join(directory, "seed.json");
  writeFileSync(seed, JSON.stringify(exampleWith("apps")));
  local = await startLocal(directory, { SUNROOM_CONTROL_TOKEN: token }, "--memory", "--seed", seed);
});
afterAll(async () => {
  local.kill("SIGTERM");
  await local.exited;
  rmSync(directory, { recursive: true, force: true });
});

const url = () => /ready at (\S+)/.exec(local.stdout())?.[1] ?? "";

describe("the stand-in's document", () => {
  test("has every option of a start", () => {
    const options = [...startHelp.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, name]) => name);
    const rows = [...document.matchAll(/^\| `(--[\w-]+)/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual(options.sort());
  });

  test("has every call of the test-control API", () => {
    const sources = ["control/controlCalls.ts", "control/startControl.ts"].map(sourceOf).join("");
    const calls = [...sources.matchAll(/"((?:GET|POST|DELETE) \w+)":/g)].map(([, name]) => name);
    const rows = [...document.matchAll(/^\| `((?:GET|POST|DELETE) \w+)`/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual(calls.sort());
  });

  test("has a seed with which the server starts, and whose key works", async () => {
    const { status, body } = await caller(url(), {
      id: "app_64a5c0ffee64a5c0ffee0002",
      secret: "only-for-tests",
    }).get<{ user: { externalId: string } }>("/v2/apps/64a5c0ffee64a5c0ffee0001/users/jane@example.org");
    expect([status, body.user?.externalId]).toEqual([200, "jane@example.org"]);
  });

  test("has a fault that is taken", async () => {
    const answer = await fetch(`${url()}/local/control/faults`, {
      method: "POST",
      headers: { "x-sunroom-control": token, "content-type": "application/json" },
      body: JSON.stringify(exampleWith("match")),
    });
    expect([answer.status, await answer.json()]).toMatchObject([200, { fault: { status: 503, times: 2 } }]);
  });
});
