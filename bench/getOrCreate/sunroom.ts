import { openDb } from "../../lib/db/db.ts";
import { externalIdAddress } from "../../lib/db/keys.ts";
import { newUser } from "../../lib/model/user.ts";
import { createUser } from "../../lib/users/createUser.ts";
import { type MakeContender, person } from "./contender.ts";

const app = { id: "0".repeat(24), salt: "salt" };

/** The part of `createUser` after the request is read, authenticated and validated. */
export const sunroom: MakeContender = (endpoint, tableName) => {
  const runtime = { db: openDb(tableName, endpoint), newId: () => "" };
  return {
    name: "Sunroom",
    async getOrCreate(externalId) {
      const { signedUpAt, givenName, email } = person(externalId);
      const id = externalIdAddress(app.salt, externalId);
      const fields = { externalId, signedUpAt, profile: { givenName, email } };
      const outcome = await createUser(runtime, newUser(app.id, id, new Date(), fields));
      if ("created" in outcome) return { created: true, externalId };
      const { existing } = outcome;
      return { created: false, externalId: existing?.kind === "user" ? (existing.user.externalId ?? "") : "" };
    },
  };
};
