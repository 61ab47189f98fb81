import { type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { getEndpointFromInstructions } from "@smithy/core/endpoints";

/** The region and the endpoint of a client's requests. */
export interface Place {
  readonly region: string;
  readonly endpoint: URL;
}

/**
 * Finds the endpoint of a client's requests by the AWS SDK's settings, environment and rules. It is the same for every
 * command, so it is looked up once (the SDK's step does so for each call), and again only after a failure.
 */
export function endpointFinder(config: DynamoDBClient["config"]): () => Promise<Place> {
  const lookUp = async () => {
    const region = await config.region();
    const { url } = await getEndpointFromInstructions({}, GetItemCommand, { ...config });
    return { region, endpoint: url };
  };
  let found: Promise<Place> | undefined;
  return () => {
    found ??= lookUp().catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
}
