import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { httpConnections, type Patience } from "./httpConnections.ts";
import { originOf } from "./jsonRequest.ts";
import { oneStep } from "./oneStep.ts";
import { toBeOpened } from "./openConnections.ts";
import { placeOf } from "./place.ts";

/** The AWS SDK's settings, with those of its request handler that a door to DynamoDB needs. */
export type LeanClientConfig = DynamoDBClientConfig & { readonly requestHandler: Patience };

/**
 * Makes a DynamoDB client of the AWS SDK's whose calls on items take a third of the CPU: through its own extension
 * points (`requestHandler`, `cacheMiddleware`, one step of its middleware), with what does the same in fewer steps.
 * `new DynamoDBClient(settings)` in its place is the plain one; `docs/performance.md` says what the difference is.
 */
export function leanClient({ requestHandler, ...settings }: LeanClientConfig): DynamoDBClient {
  const connections = httpConnections(requestHandler);
  // The steps of a command are put together once, not for every call.
  const client = new DynamoDBClient({ ...settings, cacheMiddleware: true, requestHandler: connections });
  const place = placeOf(client.config);
  client.middlewareStack.use(oneStep(client.config, connections, place));
  // Whatever the answer is, and DynamoDB's says that it is healthy, the connection is open then.
  toBeOpened(async () => connections.handle(ping((await place()).endpoint)));
  return client;
}

const ping = (url: URL) => ({ ...originOf(url), method: "GET", path: "/", headers: { host: url.host } });
