import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { httpConnections, type Patience } from "../../aws/httpConnections.ts";
import { originOf } from "../../aws/jsonRequest.ts";
import { endpointFinder } from "./endpointFinder.ts";
import { oneStep } from "./oneStep.ts";
import { toBeOpened } from "./openConnections.ts";

/** The AWS SDK's settings and those of its request handler that a client of DynamoDB needs. */
export type LeanClientConfig = DynamoDBClientConfig & { readonly requestHandler: Patience };

/**
 * Makes a DynamoDB client of the AWS SDK that takes a third of the CPU for calls on items: through the SDK's own
 * extension points (`requestHandler`, `cacheMiddleware`, one step of its middleware), with fewer steps that do the
 * same. `new DynamoDBClient(settings)` could stand in its place; `docs/performance.md` shows the difference.
 */
export function leanClient({ requestHandler, ...settings }: LeanClientConfig): DynamoDBClient {
  const connections = httpConnections(requestHandler);
  // The steps of a command are composed once, not for every call.
  const client = new DynamoDBClient({ ...settings, cacheMiddleware: true, requestHandler: connections });
  const findEndpoint = endpointFinder(client.config);
  client.middlewareStack.use(oneStep(client.config, connections, findEndpoint));
  // Any answer opens the connection; DynamoDB answers that it is healthy.
  toBeOpened(async () => connections.handle(ping((await findEndpoint()).endpoint)));
  return client;
}

const ping = (url: URL) => ({ ...originOf(url), method: "GET", path: "/", headers: { host: url.host } });
