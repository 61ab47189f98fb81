import { readFileSync } from "node:fs";
import { StartError } from "../startError.ts";

/**
 * Reads the file of what is made at first: a JSON object.
 * @throws StartError if it is none
 */
export function readSeedFile(file: string): Readonly<Record<string, unknown>> {
  const text = readText(file);
  try {
    const seed: unknown = JSON.parse(text);
    if (typeof seed === "object" && seed !== null && !Array.isArray(seed)) return { ...seed };
  } catch {
    // Said below.
  }
  throw new StartError(`The seed ${file} has to be an object in JSON, such as {"apps": [{"displayName": "My app"}]}.`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : error;
    throw new StartError(`The seed ${file} cannot be read (${code}).`);
  }
}
