import { createHmac, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The keys that protect a database without authentication of its own from other users of this machine. */
export interface LocalKeys {
  /** Encrypts the secrets in the table. */
  readonly secretsKey: string;
  /** The access key of the data, in an engine that keeps those of each access key apart. */
  readonly engineAccessKey: string;
}

/** Reads the key in the data directory, or makes it: 256 random bits, readable only for the directory's owner. */
export function keepLocalKeys(dataDirectory: string): LocalKeys {
  const file = join(dataDirectory, "local-key");
  const stored = readStored(file);
  const key = stored ?? randomBytes(32).toString("hex");
  if (stored === undefined) writeFileSync(file, `${key}\n`, { mode: 0o600, flush: true });
  const derived = (purpose: string) => createHmac("sha256", key).update(purpose).digest("hex");
  return { secretsKey: derived("secrets"), engineAccessKey: derived("engine") };
}

function readStored(file: string): string | undefined {
  try {
    return /^[0-9a-f]{64}$/.exec(readFileSync(file, "utf8").trim())?.[0];
  } catch {
    return undefined;
  }
}
