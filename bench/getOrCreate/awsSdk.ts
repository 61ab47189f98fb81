import { randomUUID } from "node:crypto";
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { local, type MakeContender, person } from "./contender.ts";

/**
 * The floor: the least work for the AWS SDK. One conditional put, which answers the existing item.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
 */
export const awsSdk: MakeContender = onePut("AWS SDK, one conditional put", (externalId) => ({
  pk: `floor#${externalId}`,
  sk: "user",
  ...person(externalId),
}));

/** The same with as many attributes as Sunroom's item, to show the item's share of the distance to the floor. */
export const awsSdkSunroomItem: MakeContender = onePut(
  "AWS SDK, one conditional put of Sunroom's item",
  (externalId) => {
    const { signedUpAt, givenName, email } = person(externalId);
    return {
      pk: `same-item#${"0".repeat(24)}#${externalId}`,
      sk: "user",
      kind: "user",
      version: randomUUID(),
      externalId,
      signedUpAt,
      profile: JSON.stringify({ givenName, email }),
    };
  },
);

function onePut(name: string, itemOf: (externalId: string) => Readonly<Record<string, unknown>>): MakeContender {
  return (endpoint, tableName) => {
    const client = new DynamoDBClient(local(endpoint));
    return {
      name,
      async getOrCreate(externalId) {
        try {
          await client.send(
            new PutItemCommand({
              TableName: tableName,
              Item: marshall(itemOf(externalId)),
              ConditionExpression: "attribute_not_exists(pk)",
              ReturnValuesOnConditionCheckFailure: "ALL_OLD",
            }),
          );
          return { created: true, externalId };
        } catch (error) {
          if (!(error instanceof ConditionalCheckFailedException) || !error.Item) throw error;
          return { created: false, externalId: unmarshall(error.Item).externalId };
        }
      },
    };
  };
}

/** The usual code: read, then create, then read again after a conflict. */
export const awsSdkReadFirst: MakeContender = (endpoint, tableName) => {
  const client = new DynamoDBClient(local(endpoint));
  const find = async (externalId: string) => {
    const key = marshall({ pk: `read-first#${externalId}`, sk: "user" });
    const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key: key, ConsistentRead: true }));
    return Item && unmarshall(Item);
  };
  return {
    name: "AWS SDK, read then put",
    async getOrCreate(externalId) {
      const existing = await find(externalId);
      if (existing) return { created: false, externalId: existing.externalId };
      try {
        await client.send(
          new PutItemCommand({
            TableName: tableName,
            Item: marshall({ pk: `read-first#${externalId}`, sk: "user", ...person(externalId) }),
            ConditionExpression: "attribute_not_exists(pk)",
          }),
        );
        return { created: true, externalId };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return { created: false, externalId: (await find(externalId))?.externalId };
      }
    },
  };
};
