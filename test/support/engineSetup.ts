import type { TestProject } from "vitest/node";
import { canRun, startEngine } from "../../lib/local/engine.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The project's engines, shared by its test files: each makes a table of its own. */
    dynamodbEndpoints: readonly string[];
  }
}

/**
 * Number of engines. An embedded engine writes one thing at a time, so a long write of one file would delay every
 * other.
 */
const embeddedEngines = 4;

/** Starts the engine that a project is named after, or any, in memory and once for all its test files. */
export default async function engineSetup(project: TestProject): Promise<() => Promise<void>> {
  const only = (["embedded", "dynamodbLocal"] as const).find((name) => name === project.name);
  const count = only === "dynamodbLocal" || !canRun("embedded") ? 1 : embeddedEngines;
  const engines = await Promise.all(Array.from({ length: count }, () => startEngine(only ? { only } : {})));
  project.provide(
    "dynamodbEndpoints",
    engines.map((engine) => engine.endpoint),
  );
  return async () => {
    await Promise.all(engines.map((engine) => engine.stop()));
  };
}
