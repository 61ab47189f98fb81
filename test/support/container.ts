import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

/** An instruction of a Dockerfile, such as `RUN npm ci`. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** A stage of a Dockerfile: its first instruction is FROM. */
export interface Stage {
  readonly image: string;
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/** Reads the stages of a Dockerfile; continued lines are one. Heredocs are not read, and not used. */
export function stagesOf(dockerfile: string): readonly Stage[] {
  const lines = dockerfile
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n");
  const stages: { image: string; name: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name = "", text = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === "FROM") {
      const [, image = "", stage = ""] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(text) ?? [];
      stages.push({ image, name: stage, instructions: [] });
    } else if (name !== "") stages.at(-1)?.instructions.push({ name, text });
  }
  return stages;
}

/** Reads an instruction in its exec form, a list in JSON; `undefined` if it has the shell's form. */
export function execForm(text: string): readonly string[] | undefined {
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.every((word) => typeof word === "string") ? words : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Lists the files that a build gets from a folder, by the rules of its .dockerignore: the last pattern that matches a
 * file, or a folder above it, decides.
 * https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function buildContext(root: string): readonly string[] {
  const patterns = readFileSync(join(root, ".dockerignore"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ keeps: line.startsWith("!"), pattern: expressionOf(line.replace(/^!/, "")) }));
  const isIn = (path: string): boolean => {
    const matching = patterns.findLast(({ pattern }) =>
      path.split("/").some((_, index, parts) => pattern.test(parts.slice(0, index + 1).join("/"))),
    );
    return matching === undefined || matching.keeps;
  };
  return filesIn(root, (path) => ![".git", "node_modules"].includes(path))
    .filter(isIn)
    .sort();
}

/** Lists the files below a folder by their paths, without the folders at its top that are not `wanted`. */
function filesIn(root: string, wanted: (name: string) => boolean): readonly string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter(({ name }) => wanted(name))
    .flatMap((entry) => {
      if (!entry.isDirectory()) return [entry.name];
      const below = readdirSync(join(root, entry.name), { recursive: true, withFileTypes: true });
      return below
        .filter((inner) => !inner.isDirectory())
        .map((inner) => join(inner.parentPath, inner.name).slice(join(root, "/").length).split(sep).join("/"));
    });
}

/** Reads a pattern of a .dockerignore; unlike a shell's, its stars match names that begin with a dot. */
function expressionOf(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*\/|\*\*|\*|\?)/).map((part) => {
    if (part === "**/") return "(?:.*/)?";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    return part === "?" ? "[^/]" : part.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`);
}
