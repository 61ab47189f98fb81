import { afterAll, expect } from "vitest";
import { variable } from "../../lib/environment.ts";
import { confidencesIn } from "./confidences.ts";

/**
 * Runs before every test file: everything that the process writes meanwhile is collected, the log of each request with
 * it, and in the end held against what the file's tests used. No secret, token, message or name may be there.
 */

let written = "";

/** What the process has written since the test file began. */
export const writtenLog = (): string => written;

for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  // The signature has overloads, which a function that hands on what it is given need not tell apart.
  stream.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    written += text;
    // A request's line is for the check; on a terminal a thousand of them hide what matters.
    return isRequestLine(text) || write(chunk, ...rest);
  }) as typeof stream.write;
}

const isRequestLine = (text: string): boolean => text.startsWith('{"level":');

// Every request is logged, not only those that met a fault.
process.env[variable.log] = "";

afterAll(() => {
  expect(confidencesIn(written), "confidences in the log").toEqual([]);
});
