import { type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { getEndpointFromInstructions } from "@smithy/core/endpoints";

/** Where a client's requests go. */
export interface Place {
  readonly region: string;
  readonly endpoint: URL;
}

/**
 * Answers where a client's requests go, by the AWS SDK's settings, environment and rules. It is the same for every
 * command, so it is looked up once, where the SDK's step does it for each call; and again only after a failure.
 */
export function placeOf(config: DynamoDBClient["config"]): () => Promise<Place> {
  const lookUp = async () => {
    const region = await config.region();
    const { url } = await getEndpointFromInstructions({}, GetItemCommand, { ...config });
    return { region, endpoint: url };
  };
  let asked: Promise<Place> | undefined;
  return () => {
    asked ??= lookUp().catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
}
