import { beforeAll, describe, expect, test } from "vitest";
import type { Db } from "../../../lib/db/db.ts";
import { keyOfEmail } from "../../../lib/db/items/emailItem.ts";
import { getItem } from "../../../lib/db/readItems.ts";
import { putItem } from "../../../lib/db/writeItems.ts";
import { deletePersonalInformation } from "../../../lib/users/delete/deletePersonalInformation.ts";
import { readAddress } from "../../../lib/users/findUser.ts";
import { before } from "../../support/intercept.ts";
import { newTable } from "../../support/newTable.ts";
import { app, storeUser } from "../../support/storedUsers.ts";
import { freshId } from "../../support/unique.ts";
import { userItemAt, writtenVersion } from "../../support/userItemAt.ts";

let db: Db;
beforeAll(async () => {
  db = await newTable();
});

const at = (id: string) => readAddress({ db }, app.id, id);

describe("deleting personal information", () => {
  test("leaves the user with nothing that tells who it is, and the email to anybody", async () => {
    const email = `${freshId()}@example.com`;
    const { user } = await storeUser(db, {
      externalId: freshId(),
      profile: { givenName: "Ada" },
      metadata: { a: 1 },
      identities: [{ type: "email", value: email, verification: "embed" }],
    });
    await putItem(db, { ...keyOfEmail(app, email), userId: user.id });
    const cleared = { ...user, profile: {}, metadata: {}, identities: [] };
    expect(await deletePersonalInformation({ db }, app, user.id)).toEqual(cleared);
    expect(await at(user.id)).toMatchObject({ user: cleared, version: writtenVersion });
    expect(await getItem(db, keyOfEmail(app, email))).toBeUndefined();
    expect(await deletePersonalInformation({ db }, app, freshId())).toBeUndefined();
  });

  test("of a user who changes meanwhile is of the changed one", async () => {
    const { user } = await storeUser(db);
    const changed = { ...user, toBeRetained: true, profile: { surname: "Lovelace" } };
    const late = before(db, "TransactWriteItems", async (count) => {
      if (count === 0) await putItem(db, userItemAt(changed, "2"));
    });
    expect(await deletePersonalInformation({ db: late }, app, user.id)).toMatchObject({
      toBeRetained: true,
      profile: {},
    });
  });
});
