import { randomBytes } from "node:crypto";

/** What makes ids and secrets. */
export interface IdSource {
  readonly id: (now: Date) => string;
  readonly secret: () => string;
  /** Makes bytes as hexadecimal digits. */
  readonly hex: (bytes: number) => string;
}

/** Makes them by chance. */
export const chance: IdSource = {
  id: (now) => now.getTime().toString(16).padStart(11, "0") + randomBytes(7).toString("hex").slice(0, 13),
  secret: () => randomBytes(32).toString("base64url"),
  hex: (bytes) => randomBytes(bytes).toString("hex"),
};

/** The source of this process: chance, but on the local server, where a test of one's own may fix ids. */
let source = chance;

/** Answers the source of this process. */
export const idSource = (): IdSource => source;

/** Sets the source of this process. */
export function setIdSource(next: IdSource): void {
  source = next;
}

/** Makes random bytes as hexadecimal digits. */
export const randomHex = (bytes: number): string => source.hex(bytes);
