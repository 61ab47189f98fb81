import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, matchesGlob } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

process.env.TABLE_ACCESS_RECORDS ??= mkdtempSync(join(tmpdir(), "sunroom-access-"));

/**
 * What is mutated together, and the tests that concern it, in the order in which they are run: the quick ones first, and
 * none that waits for time-outs. A mutant is run against these alone, up to the first that fails.
 */
const groups: readonly (readonly [mutated: string, tests: string])[] = [
  ["auth/*", "auth/*"],
  ["domain/*", "domain/* channels/*"],
  ["store/users store/userItem", "store/users functions/getUser functions/updateUser"],
  ["store/signIns store/emailItem", "store/signIns functions/emailIdentities"],
  ["store/births store/conversationStarts", "store/births functions/sdkCreateConversation"],
  ["store/merges store/absorbing", "store/absorbing store/merges store/contacts functions/mergedConversation"],
  [
    "store/contacts store/clientChange store/channelAddresses store/channelMessages",
    "store/contacts store/channelLinks",
  ],
  ["store/channelLinks", "store/channelLinks"],
  ["store/clientRemoval", "store/clientRemoval"],
  ["store/messages store/messageItem", "store/messages"],
  ["store/conversations store/conversationItem", "store/conversations functions/postActivity"],
  ["store/memberships store/people", "store/memberships"],
  ["store/erasures store/deletionItem store/emptyPartition store/finishDeletion store/vacate", "store/erasures"],
  ["store/apiKeys store/apps store/integrations store/pageOfQuery", "store/apps functions/apps functions/integrations"],
  ["store/table", "store/table store/users"],
  ["store/keys", "store/keys"],
  [
    "store/awsCall store/accountKey store/deliveryQueue store/deviceList store/permanentFault store/tenancy",
    "store/accountKey store/deliveryQueue store/deviceList store/permanentFault store/tenancy store/awsCall",
  ],
];

/** What `--mutate` asks for, without its ranges of lines; everything without it. `stryker.config.mjs` hands it on. */
const asked = (process.env.MUTATED || "lib/**").split(",").map((pattern) => pattern.replace(/:.*$/, ""));
const isAsked = (file: string) =>
  asked.some((pattern) => matchesGlob(`lib/${file}.ts`, pattern) || matchesGlob(pattern, `lib/${file}.ts`));
const include = groups
  .filter(([mutated]) => mutated.split(" ").some(isAsked))
  .flatMap(([, tests]) => tests.split(" "))
  .map((file) => `test/${file}.test.ts`);

class AsListed extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) =>
      include.findIndex((pattern) => matchesGlob(moduleId, `**/${pattern}`));
    return files.toSorted((one, other) => place(one) - place(other));
  }
}

/** The tests that mutants of `lib/domain`, `lib/auth` and `lib/store` are run against, on one engine (`npm run mutation`). */
export default defineConfig({
  test: {
    include,
    globalSetup: "test/support/engineSetup.ts",
    testTimeout: 30_000,
    hookTimeout: 30_000,
    sequence: { sequencer: AsListed },
  },
});
