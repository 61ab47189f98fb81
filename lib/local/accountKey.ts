import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "./startError.ts";

export interface AccountKey {
  readonly id: string;
  readonly secret: string;
}

const fileOf = (dataDirectory: string) => join(dataDirectory, "account-key.json");

/**
 * Answers the account's API key: the given parts, else those stored in the data directory, else new ones: 96 random
 * bits as the id, 256 as the secret.
 * @throws StartError if the given id is not one of an account key
 */
export function keepAccountKey(
  dataDirectory: string,
  settings: { readonly id: string | undefined; readonly secret: string | undefined },
): AccountKey {
  if (settings.id !== undefined && !/^act_[0-9a-zA-Z]{1,64}$/.test(settings.id))
    throw new StartError('ACCOUNT_KEY_ID has to be "act_" followed by 1 to 64 letters and digits.');
  if (settings.id !== undefined && settings.secret !== undefined) return { id: settings.id, secret: settings.secret };
  const file = fileOf(dataDirectory);
  const stored = readStored(file);
  const key = {
    id: settings.id ?? stored?.id ?? `act_${randomBytes(12).toString("hex")}`,
    secret: settings.secret ?? stored?.secret ?? randomBytes(32).toString("base64url"),
  };
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  if (!stored) writeFileSync(file, `${JSON.stringify(key, null, 2)}\n`, { mode: 0o600 });
  return key;
}

/** Finds the key that `keepAccountKey` answered for the same settings; `undefined` if it is not stored there. */
export function findAccountKey(
  dataDirectory: string,
  settings: { readonly id: string | undefined; readonly secret: string | undefined },
): AccountKey | undefined {
  const stored = readStored(fileOf(dataDirectory));
  const id = settings.id || stored?.id;
  const secret = settings.secret || stored?.secret;
  return id && secret ? { id, secret } : undefined;
}

function readStored(file: string): AccountKey | undefined {
  try {
    const { id, secret }: Record<string, unknown> = JSON.parse(readFileSync(file, "utf8"));
    return typeof id === "string" && typeof secret === "string" ? { id, secret } : undefined;
  } catch {
    return undefined;
  }
}
