import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, matchesGlob } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

process.env.TABLE_ACCESS_RECORDS ??= mkdtempSync(join(tmpdir(), "sunroom-access-"));

/**
 * The files that are mutated together, below `lib`, and the tests that concern them, below `test`, in the order in which
 * they are run: the quick ones first, and none that waits for time-outs. A mutant is run against these alone, up to the
 * first that fails.
 */
const groups: readonly (readonly [mutated: string, tests: string])[] = [
  ["auth/*", "auth/*"],
  ["aws/{accountKey,awsCall,deliveryQueue}", "aws/{accountKey,deliveryQueue,awsCall}"],
  ["model/**/* channels/kit/*", "model/**/* channels/kit/* channels/*/receive"],
  ["db/*", "db/* apps/* users/* conversations/*"],
  ["db/items/*", "db/items/* users/**/* conversations/*"],
  ["conversations/*", "conversations/* functions/postActivity"],
  ["users/*", "users/* functions/{getUser,updateUser,emailIdentities,sdkCreateConversation}"],
  ["users/merge/*", "users/merge/* channels/inbound/* functions/mergedConversation"],
  ["users/delete/*", "users/delete/*"],
  ["channels/inbound/*", "channels/inbound/* channels/links/*"],
  ["channels/links/*", "channels/links/*"],
  ["apps/*", "apps/* functions/{apps,integrations}"],
];

/** What `--mutate` asks for, without its ranges of lines; everything without it. `stryker.config.mjs` hands it on. */
const asked = (process.env.MUTATED || "lib/**").split(",").map((pattern) => pattern.replace(/:.*$/, ""));
const isAsked = (file: string) =>
  asked.some((pattern) => matchesGlob(`lib/${file}.ts`, pattern) || matchesGlob(pattern, `lib/${file}.ts`));
const include = groups
  .filter(([mutated]) => mutated.split(" ").some(isAsked))
  .flatMap(([, tests]) => tests.split(" "))
  .map((place) => `test/${place}.test.ts`);

class AsListed extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) =>
      include.findIndex((pattern) => matchesGlob(moduleId, `**/${pattern}`));
    return files.toSorted((one, other) => place(one) - place(other));
  }
}

/** The tests that mutants are run against, on one engine (`npm run mutation`). */
export default defineConfig({
  test: {
    include,
    globalSetup: "test/support/engineSetup.ts",
    testTimeout: 30_000,
    hookTimeout: 30_000,
    sequence: { sequencer: AsListed },
  },
});
