import { inject } from "vitest";

/** Answers the engine of this test file: one that no other file uses at the same time, if the project has several. */
export function engineEndpoint(): string {
  const endpoints = inject("dynamodbEndpoints");
  const endpoint = endpoints[(Number(process.env.VITEST_POOL_ID ?? 1) - 1) % endpoints.length];
  if (endpoint === undefined) throw new Error("The project has no engine.");
  return endpoint;
}
