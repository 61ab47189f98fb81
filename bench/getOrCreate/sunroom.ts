import { newUser } from "../../lib/domain/user.ts";
import { openTable } from "../../lib/store/table.ts";
import { userStore } from "../../lib/store/users.ts";
import { type MakeContender, person } from "./contender.ts";

const app = { id: "0".repeat(24), salt: "salt", settings: {} };

/** What `createUser` does when it has read, authenticated and checked the request. */
export const sunroom: MakeContender = (endpoint, tableName) => {
  const users = userStore(openTable(tableName, endpoint));
  return {
    name: "Sunroom",
    async getOrCreate(externalId) {
      const { signedUpAt, givenName, email } = person(externalId);
      const id = users.addressOf(app as Parameters<typeof users.addressOf>[0], externalId);
      const fields = { externalId, signedUpAt, profile: { givenName, email } };
      const outcome = await users.createAt(newUser(app.id, id, new Date(), fields), () => "");
      if ("created" in outcome) return { created: true, externalId };
      const { standing } = outcome;
      return { created: false, externalId: standing?.kind === "user" ? (standing.user.externalId ?? "") : "" };
    },
  };
};
