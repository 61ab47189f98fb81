import { createHmac, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What keeps others on this machine from a database that has no authentication of its own. */
export interface LocalKeys {
  /** Encrypts the secrets in the table. */
  readonly secretsKey: string;
  /** Names the data in an engine that keeps those of each access key apart. */
  readonly engineAccessKey: string;
}

/** Reads the key that is kept in the data directory, or makes it: 256 random bits, for the directory's owner alone. */
export function keepLocalKeys(dataDirectory: string): LocalKeys {
  const file = join(dataDirectory, "local-key");
  const kept = readKept(file);
  const key = kept ?? randomBytes(32).toString("hex");
  if (kept === undefined) writeFileSync(file, `${key}\n`, { mode: 0o600, flush: true });
  const derived = (purpose: string) => createHmac("sha256", key).update(purpose).digest("hex");
  return { secretsKey: derived("secrets"), engineAccessKey: derived("engine") };
}

function readKept(file: string): string | undefined {
  try {
    return /^[0-9a-f]{64}$/.exec(readFileSync(file, "utf8").trim())?.[0];
  } catch {
    return undefined;
  }
}
