import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const copy = mkdtempSync(join(tmpdir(), "sunroom-new-channel-"));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

for (const place of [
  ...["bench", "bin", "cli", "docs", "functions", "lib", "scripts", "sdk", "test"],
  ...[".gitignore", "biome.json", "package.json", "tsconfig.json", "vitest.config.ts", "vitest.mutation.config.ts"],
])
  cpSync(join(root, place), join(copy, place), { recursive: true });
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));

/** What has to know every channel, or is made. */
const files = [
  ...["settings", "receive", "send", "sample"].map((part) => `lib/channels/toy/${part}.ts`),
  ...["lib/channels/loadChannel.ts", "lib/channels/loadSender.ts", "test/support/engineSetup.ts"],
  ...["receive", "send"].map((part) => `test/channels/toy/${part}.test.ts`),
  "test/functions/channelWebhookUnread.test.ts",
];
writeFileSync(join(copy, "tsconfig.toy.json"), JSON.stringify({ extends: "./tsconfig.json", include: [], files }));

/** Runs a script of Node in the copy, with nothing of this test run in its environment. */
async function run(script: string, ...options: readonly string[]): Promise<string> {
  const { PATH, HOME } = process.env;
  const { stdout } = await promisify(execFile)(execPath, [script, ...options], {
    cwd: copy,
    env: { PATH, HOME, NO_COLOR: "1" },
  });
  return stdout;
}

describe("npm run new-channel", () => {
  test("makes a channel that compiles, is formatted, and passes what every channel is held to", async () => {
    expect(await run("scripts/newChannel/main.ts", "toy", "Toy Chat")).toContain("lib/channels/toy is made");
    await run("node_modules/typescript/bin/tsc", "-p", "tsconfig.toy.json");
    const made = [
      "docs/channels.md",
      ...["lib/channels", "lib/model", "test/channels", "test/functions", "test/support"],
    ];
    await run("node_modules/@biomejs/biome/bin/biome", "format", ...made);
    const vitest = ["node_modules/vitest/vitest.mjs", "run", "--project", "unit"] as const;
    expect(await run(...vitest, "test/channels/toy")).toMatch(/Test Files {2}2 passed \(2\)/);
    expect(await run(...vitest, "test/channels/channels.test.ts", "-t", String.raw`\btoy\b`)).toMatch(/1 passed \(1\)/);
  });

  test("refuses a name that is taken, and one that is no name", async () => {
    await expect(run("scripts/newChannel/main.ts", "telegram")).rejects.toThrow(/is there already/);
    await expect(run("scripts/newChannel/main.ts", "Not A Name")).rejects.toThrow(/Usage/);
  });
});
