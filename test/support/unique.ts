import { randomBytes } from "node:crypto";

/** Makes a unique name. */
export const unique = (word: string): string => `${word}-${randomBytes(6).toString("hex")}`;

let count = 0;

/** Makes a number that is unique in the test file. */
export const uniqueNumber = (): number => ++count;

/** Makes an id that is unique in the test file; a later one sorts after. */
export const freshId = (): string => uniqueNumber().toString(16).padStart(24, "0");
