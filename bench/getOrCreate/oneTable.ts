import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type OneSchema, Table } from "dynamodb-onetable";
import { Dynamo } from "dynamodb-onetable/Dynamo";
import { local, type MakeContender, person } from "./contender.ts";

const schema = {
  format: "onetable:1.1.0",
  version: "0.0.1",
  indexes: { primary: { hash: "pk", sort: "sk" } },
  models: {
    User: {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: OneTable fills this template in itself.
      pk: { type: String, value: "onetable#${externalId}" },
      sk: { type: String, value: "user" },
      externalId: { type: String, required: true },
      signedUpAt: { type: String, required: true },
      givenName: { type: String },
      email: { type: String },
    },
  },
} as const satisfies OneSchema;

/** `create` fails if the item exists, without answering it. @see https://doc.onetable.io/api/model/ */
export const oneTable: MakeContender = (endpoint, name) => {
  const client = new Dynamo({ client: new DynamoDBClient(local(endpoint)) });
  const users = new Table({ client, name, schema, partial: false }).getModel("User");
  const find = (externalId: string) => users.get({ externalId }, { consistent: true });
  return {
    name: "DynamoDB-OneTable",
    async getOrCreate(externalId) {
      const existing = await find(externalId);
      if (existing) return { created: false, externalId: existing.externalId };
      try {
        await users.create(person(externalId));
        return { created: true, externalId };
      } catch (error) {
        const found = await find(externalId);
        if (!found) throw error;
        return { created: false, externalId: found.externalId };
      }
    },
  };
};
