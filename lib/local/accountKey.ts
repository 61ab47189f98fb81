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
 * The account's API key: what is given of it, and else what was made before and kept in the data directory, or is made
 * now: 96 random bits as the id, 256 as the secret.
 *
 * @throws StartError when the given id is not one an account key can have
 */
export function keepAccountKey(
  dataDirectory: string,
  given: { readonly id: string | undefined; readonly secret: string | undefined },
): AccountKey {
  if (given.id !== undefined && !/^act_[0-9a-zA-Z]{1,64}$/.test(given.id))
    throw new StartError('ACCOUNT_KEY_ID has to be "act_" followed by 1 to 64 letters and digits.');
  if (given.id !== undefined && given.secret !== undefined) return { id: given.id, secret: given.secret };
  const file = fileOf(dataDirectory);
  const kept = readKept(file);
  const key = {
    id: given.id ?? kept?.id ?? `act_${randomBytes(12).toString("hex")}`,
    secret: given.secret ?? kept?.secret ?? randomBytes(32).toString("base64url"),
  };
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  if (!kept) writeFileSync(file, `${JSON.stringify(key, null, 2)}\n`, { mode: 0o600 });
  return key;
}

/** The key that `keepAccountKey` answered for the same settings; `undefined` when it is not kept there. */
export function findAccountKey(
  dataDirectory: string,
  given: { readonly id: string | undefined; readonly secret: string | undefined },
): AccountKey | undefined {
  const kept = readKept(fileOf(dataDirectory));
  const id = given.id || kept?.id;
  const secret = given.secret || kept?.secret;
  return id && secret ? { id, secret } : undefined;
}

function readKept(file: string): AccountKey | undefined {
  try {
    const { id, secret }: Record<string, unknown> = JSON.parse(readFileSync(file, "utf8"));
    return typeof id === "string" && typeof secret === "string" ? { id, secret } : undefined;
  } catch {
    return undefined;
  }
}
