import { randomBytes } from "node:crypto";

/** A name that nothing else has, to find it again. */
export const unique = (word: string): string => `${word}-${randomBytes(6).toString("hex")}`;

let count = 0;

/** A number that nothing else of the test file has. */
export const uniqueNumber = (): number => ++count;

/** An id that nothing else of the test file has; a later one sorts after. */
export const freshId = (): string => uniqueNumber().toString(16).padStart(24, "0");
