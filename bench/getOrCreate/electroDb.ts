import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Entity } from "electrodb";
import { local, type MakeContender, person } from "./contender.ts";

/** `create` never overwrites; it can answer the existing item. @see https://electrodb.dev/en/mutations/create/ */
export const electroDb: MakeContender = (endpoint, table) => {
  const users = new Entity(
    {
      model: { entity: "user", version: "1", service: "bench" },
      attributes: {
        externalId: { type: "string", required: true },
        signedUpAt: { type: "string", required: true },
        givenName: { type: "string" },
        email: { type: "string" },
      },
      indexes: {
        user: { pk: { field: "pk", composite: ["externalId"], casing: "none" }, sk: { field: "sk", composite: [] } },
      },
    },
    { client: new DynamoDBClient(local(endpoint)), table },
  );
  return {
    name: "ElectroDB",
    async getOrCreate(externalId) {
      const outcome = await users.create(person(externalId)).go({ returnOnConditionCheckFailure: "all_old" });
      if (!outcome.rejected) return { created: true, externalId: outcome.data.externalId };
      return { created: false, externalId: outcome.data?.externalId ?? "" };
    },
  };
};
