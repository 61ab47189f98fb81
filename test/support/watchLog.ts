import { afterAll, expect } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { confidencesIn } from "./confidences.ts";

/**
 * Runs before every test file: collects the output of the process, with the log of each request, and in the end
 * compares it with the values that the file's tests used. It may hold no secret, token, message or name.
 */

let written = "";

/** Answers the output of the process since the test file began. */
export const writtenLog = (): string => written;

for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  // The signature has overloads, which a function that passes its arguments on need not distinguish.
  stream.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    written += text;
    // A request's line is for the check; on a terminal a thousand of them would hide the rest.
    return isRequestLine(text) || write(chunk, ...rest);
  }) as typeof stream.write;
}

const isRequestLine = (text: string): boolean => text.startsWith('{"level":');

// Every request is logged, not only those with a fault.
process.env[variable.log] = "";

afterAll(() => {
  expect(confidencesIn(written), "confidences in the log").toEqual([]);
});
