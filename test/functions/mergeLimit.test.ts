import { describe, expect, test } from "vitest";
import { openDb } from "../../lib/db/db.ts";
import { userKey } from "../../lib/db/keys.ts";
import { updateItem } from "../../lib/db/writeItems.ts";
import { newPersonal, newUser, seenByBusiness } from "../support/business.ts";
import { newWhatsapp } from "../support/channelPeople.ts";
import { newWebPage } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { userIdOnChannel } from "../support/tableItems.ts";
import { uniqueNumber } from "../support/unique.ts";

const server = await startTestServer();
const app = await server.newApp();
const chat = await newWhatsapp(server, app);
const page = await newWebPage(server, app);
const table = openDb(server.tableName, server.endpoint);

const newNumbers = (count: number) =>
  Array.from({ length: count }, () => `1514555${String(uniqueNumber()).padStart(4, "0")}`);
const refusal = "A user with more than 90 channel identities cannot be merged into another";

/** Lets a user have these ids on the channel: as many merges one after another would leave it. */
async function give(userId: string, numbers: readonly string[]): Promise<void> {
  const [externalId, ...aliases] = numbers;
  const client = { id: "c".repeat(24), type: "whatsapp", status: "active", integrationId: chat.id, linkedAt: "2026" };
  await updateItem(table, userKey(app.id, userId), {
    set: { clients: JSON.stringify([{ ...client, externalId, aliases }]) },
  });
}

describe("a merge of somebody with more channel identities than one transaction moves is refused, and of fewer is done,", () => {
  test("by createClient", async () => {
    const numbers = newNumbers(91);
    const [first = "", second = ""] = numbers;
    await chat.write(first, "hello");
    const discarded = (await userIdOnChannel(server, first)) ?? "";
    const { user, conversationId } = await newPersonal(app);
    const link = () =>
      app.api.post(`/v2/apps/${app.id}/users/${user.id}/clients`, {
        matchCriteria: { type: "whatsapp", integrationId: chat.id, phoneNumber: `+${first}` },
        confirmation: { type: "immediate" },
        target: { conversationId },
      });
    await give(discarded, numbers);
    expect(await link()).toMatchObject({ status: 400, body: { errors: [{ code: "bad_request", title: refusal }] } });
    expect(await seenByBusiness(app, discarded)).toMatchObject({ id: discarded });
    await give(discarded, numbers.slice(0, 90));
    expect(await link()).toMatchObject({ status: 201 });
    expect(await seenByBusiness(app, discarded)).toBe(404);
    await chat.write(second, "hello again");
    expect(await userIdOnChannel(server, first)).toBe(user.id);
    expect(await userIdOnChannel(server, second)).toBeUndefined();
  });

  test("by sdkLogin", async () => {
    const { id, externalId } = await newUser(app);
    const guest = await page.visit("hello");
    const numbers = newNumbers(91);
    await give(guest.appUserId, numbers);
    expect(await page.signIn(externalId, {}, guest)).toMatchObject({
      status: 400,
      body: { error: { code: "bad_request", description: refusal } },
    });
    await give(guest.appUserId, numbers.slice(1));
    expect(await page.signIn(externalId, {}, guest)).toMatchObject({ status: 200, body: { appUser: { _id: id } } });
  });
});
