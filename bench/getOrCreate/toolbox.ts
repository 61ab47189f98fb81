import { ConditionalCheckFailedException, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { Entity, GetItemCommand, item, PutItemCommand, string, Table } from "dynamodb-toolbox";
import { local, type MakeContender, person } from "./contender.ts";

/** A put with a condition, after a read. @see https://www.dynamodbtoolbox.com/docs/entities/actions/put-item */
export const toolbox: MakeContender = (endpoint, name) => {
  const table = new Table({
    name,
    partitionKey: { name: "pk", type: "string" },
    sortKey: { name: "sk", type: "string" },
    documentClient: DynamoDBDocumentClient.from(new DynamoDBClient(local(endpoint))),
  });
  const users = new Entity({
    name: "user",
    table,
    schema: item({
      externalId: string().key(),
      signedUpAt: string(),
      givenName: string().optional(),
      email: string().optional(),
    }),
    computeKey: ({ externalId }) => ({ pk: `toolbox#${externalId}`, sk: "user" }),
  });
  const find = async (externalId: string) =>
    (await users.build(GetItemCommand).key({ externalId }).options({ consistent: true }).send()).Item;
  return {
    name: "DynamoDB-Toolbox",
    async getOrCreate(externalId) {
      const existing = await find(externalId);
      if (existing) return { created: false, externalId: existing.externalId };
      try {
        await users
          .build(PutItemCommand)
          .item(person(externalId))
          .options({ condition: { attr: "externalId", exists: false } })
          .send();
        return { created: true, externalId };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return { created: false, externalId: (await find(externalId))?.externalId ?? "" };
      }
    },
  };
};
