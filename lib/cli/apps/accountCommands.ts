import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Command, Invocation, Option } from "../command.ts";
import { UsageError } from "../failures.ts";

interface Key {
  readonly id: string;
  readonly secret: string;
}

/** The secret of Secrets Manager that holds the account key, as `lib/aws/accountKey.ts` reads it. */
interface AccountSecret extends Key {
  readonly previous?: Key;
}

const options: Readonly<Record<string, Option>> = {
  from: { value: "file", summary: "The secret's text; what is piped in, unless given" },
};

export const accountCommands: readonly Command[] = [
  {
    name: "account rotate",
    summary: "Make the next account key, as the text of its secret in Secrets Manager",
    parameters: [],
    options: { ...options, leaked: { summary: "Leave out the old key, so that it is refused at once" } },
    inApp: false,
    notes: [
      "It reads the secret's text and writes the next one; docs/operations.md has the commands before and after it.",
      "The old key stays good beside the new one, until sunroom account retire takes it out.",
    ],
    examples: ["account rotate < secret.json > rotated.json", "account rotate --leaked < secret.json > rotated.json"],
    run: async (invocation) => {
      const { previous: _, ...old } = readSecret(invocation);
      return written({ ...newKey(), ...(invocation.flag("leaked") ? {} : { previous: old }) });
    },
  },
  {
    name: "account retire",
    summary: "Take the account key before the current one out of the text of their secret",
    parameters: [],
    options,
    inApp: false,
    examples: ["account retire < rotated.json > retired.json"],
    run: async (invocation) => {
      const { previous: _, ...current } = readSecret(invocation);
      return written(current);
    },
  },
];

const newKey = (): Key => ({
  id: `act_${randomBytes(12).toString("hex")}`,
  secret: randomBytes(32).toString("hex"),
});

const written = (secret: AccountSecret) => ({ json: secret, text: JSON.stringify(secret) });

/** @throws UsageError if what is read is no account key's secret */
function readSecret({ text }: Pick<Invocation, "text">): AccountSecret {
  const file = text("from") ?? "-";
  try {
    // The descriptor 0 is what is piped in.
    const secret = JSON.parse(readFileSync(file === "-" ? 0 : file, "utf8"));
    if (typeof secret?.id === "string" && secret.id.startsWith("act_") && typeof secret.secret === "string")
      return secret;
  } catch {
    // Said below, as of any other text.
  }
  throw new UsageError('What is read is no account key\'s secret: {"id":"act_…","secret":"…"}.');
}
