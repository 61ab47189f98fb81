import { readFileSync } from "node:fs";
import type { Invocation, Option } from "../command.ts";
import { UsageError } from "../failures.ts";

/** The option that names a file of people. */
export const fromOption: Readonly<Record<string, Option>> = {
  from: { value: "file", summary: "A file with one id or externalId a line; - for what is piped in" },
};

/** Lists the people whom a command line names, each once. @throws UsageError if there are none, or no such file */
export function readNames({ parameters, text }: Pick<Invocation, "parameters" | "text">): readonly string[] {
  const file = text("from");
  const lines = file === undefined ? [] : linesOf(file);
  const names = [...new Set([...parameters, ...lines])];
  if (names.length === 0) throw new UsageError("Nobody is named: give ids or externalIds, or a file with --from.");
  return names;
}

function linesOf(file: string): readonly string[] {
  try {
    // The descriptor 0 is what is piped in.
    const content = readFileSync(file === "-" ? 0 : file, "utf8");
    return content.split(/\r?\n/).filter((line) => line !== "");
  } catch {
    throw new UsageError(`The file ${file} cannot be read.`);
  }
}
