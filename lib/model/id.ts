import { randomBytes } from "node:crypto";

/** The pattern of every record's id: 24 lower-case hexadecimal characters, opaque to callers. */
export const idPattern = /^[0-9a-f]{24}$/;

/** What makes ids and secrets. */
export interface IdSource {
  readonly id: (now: Date) => string;
  readonly secret: () => string;
  /** Makes random bytes as hexadecimal digits. */
  readonly hex: (bytes: number) => string;
}

/** Makes them by chance. */
export const randomSource: IdSource = {
  id: (now) => now.getTime().toString(16).padStart(11, "0") + randomBytes(7).toString("hex").slice(0, 13),
  secret: () => randomBytes(32).toString("base64url"),
  hex: (bytes) => randomBytes(bytes).toString("hex"),
};

/** The source of this process: chance, but on the local server, where a test of one's own may fix ids. */
let source = randomSource;

/** Sets the source of ids and secrets. */
export function setIdSource(next: IdSource): void {
  source = next;
}

/**
 * Makes a new id: 44 bits of milliseconds, then 52 random bits, so that a list sorted by id is sorted by creation. Ids
 * identify, they never authorise; and every create is conditional, so even a collision could not overwrite a record.
 */
export const newId = (now: Date): string => source.id(now);

/** Makes a secret of 256 random bits, 43 characters of base64url. */
export const newSecret = (): string => source.secret();

/** Makes random bytes as hexadecimal digits. */
export const randomHex = (bytes: number): string => source.hex(bytes);
