import { inject } from "vitest";
import { serverAt } from "../support/serverAt.ts";
import type { TestServer } from "../support/startTestServer.ts";

/** Answers the server that this project tests: the deployed stack, or the local server. */
export function target(): TestServer {
  const found = inject("targets")[inject("target")];
  if (found === undefined) throw new Error("There is no such server here.");
  const { url, accountKey, ...table } = found;
  return { ...serverAt(url, accountKey), ...table };
}
