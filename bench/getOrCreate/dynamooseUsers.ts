import dynamoose from "dynamoose";
import type { Item } from "dynamoose/dist/Item.js";
import { local, type MakeContender, person } from "./contender.ts";

class UserItem extends (Object as unknown as new () => Item) {
  declare externalId: string;
}

/** `create` fails if the item exists, without answering it. @see https://dynamoosejs.com/guide/Model */
export const dynamooseUsers: MakeContender = (endpoint, tableName) => {
  dynamoose.aws.ddb.set(new dynamoose.aws.ddb.DynamoDB(local(endpoint)));
  const schema = new dynamoose.Schema({
    pk: { type: String, hashKey: true },
    sk: { type: String, rangeKey: true },
    externalId: { type: String, required: true },
    signedUpAt: { type: String, required: true },
    givenName: String,
    email: String,
  });
  const users = dynamoose.model<UserItem>("User", schema, { tableName, create: false, waitForActive: false });
  const key = (externalId: string) => ({ pk: `dynamoose#${externalId}`, sk: "user" });
  const find = (externalId: string): Promise<UserItem | undefined> => users.get(key(externalId), { consistent: true });
  return {
    name: "Dynamoose",
    async getOrCreate(externalId) {
      const existing = await find(externalId);
      if (existing) return { created: false, externalId: existing.externalId };
      try {
        await users.create({ ...key(externalId), ...person(externalId) });
        return { created: true, externalId };
      } catch (error) {
        const found = await find(externalId);
        if (!found) throw error;
        return { created: false, externalId: found.externalId };
      }
    },
  };
};
