import { idSource } from "./sources/idSource.ts";

/** The pattern of every record's id: 24 lower-case hexadecimal characters, opaque to callers. */
export const idPattern = /^[0-9a-f]{24}$/;

/**
 * Makes a new id: 44 bits of milliseconds, then 52 random bits, so that a list sorted by id is sorted by creation. Ids
 * identify, they never authorise; and every create is conditional, so even a collision could not overwrite a record.
 */
export const newId = (now: Date): string => idSource().id(now);

/** Makes a secret of 256 random bits, 43 characters of base64url. */
export const newSecret = (): string => idSource().secret();
