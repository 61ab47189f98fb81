import { readFileSync } from "node:fs";

/** The README's code that begins with this line, with its placeholders filled in. */
export function readmeExample(firstLine: string, values: Readonly<Record<string, string>>): string {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const [example] = [...readme.matchAll(/^```js\n([\s\S]*?)^```$/gm)]
    .map(([, code = ""]) => code)
    .filter((code) => code.startsWith(firstLine));
  return Object.entries(values).reduce((code, [placeholder, value]) => {
    if (!code.includes(placeholder)) throw new Error(`The README's example has no ${placeholder}.`);
    return code.replace(placeholder, () => value);
  }, example ?? "");
}
