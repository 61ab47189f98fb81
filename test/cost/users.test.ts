import { describe, expect, test } from "vitest";
import { newPersonal, say } from "../support/business.ts";
import { newWebPage } from "../support/newDevice.ts";
import { userToken } from "../support/signToken.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import { unique } from "../support/unique.ts";

const { server, costOf } = await startProxiedServer();
const app = await server.newApp();
const page = await newWebPage(server, app);
const users = `/v2/apps/${app.id}/users`;
// From here on key, app and integration are remembered.
await page.signIn("warm");
await app.api.get(`${users}/warm`);

const verified = (externalId: string) => ({ email: `${externalId}@example.org`, email_verified: true });

describe("the cost of signing in", () => {
  test("without an email is two calls and a write unit, for a new user and a known one", async () => {
    const externalId = unique("plain");
    expect(await costOf(200, () => page.signIn(externalId))).toMatchObject({
      calls: ["BatchGetItem", "PutItem"],
      write: 1,
    });
    expect(await costOf(200, () => page.signIn(externalId))).toMatchObject({
      calls: ["BatchGetItem", "PutItem"],
      write: 1,
    });
  });

  test("with a known email is the same, and nothing is written on a device that has just been seen", async () => {
    const externalId = unique("verified");
    expect(await costOf(200, () => page.signIn(externalId, verified(externalId)))).toMatchObject({
      calls: ["BatchGetItem", "TransactWriteItems"],
      write: 4,
    });
    const device = page.device();
    const again = () => device.login(externalId, undefined, userToken(app, externalId, verified(externalId)));
    expect(await costOf(200, again)).toMatchObject({ calls: ["BatchGetItem", "PutItem"], write: 1 });
    expect(await costOf(200, again)).toMatchObject({ calls: ["BatchGetItem"], write: 0 });
  });
});

describe("the cost of", () => {
  test("listUsers is a reading of the email and one of its user", async () => {
    const externalId = unique("listed");
    await page.signIn(externalId, verified(externalId));
    const listed = (email: string) => costOf(200, () => app.api.get(`${users}?filter[identities.email]=${email}`));
    expect(await listed(`${externalId}@example.org`)).toEqual({ calls: ["GetItem", "GetItem"], write: 0, read: 2 });
    expect(await listed("nobody@example.org")).toEqual({ calls: ["GetItem"], write: 0, read: 1 });
  });

  test("updateUser is a reading and a write unit", async () => {
    const externalId = unique("updated");
    await app.api.post(users, { externalId });
    expect(await costOf(200, () => app.api.patch(`${users}/${externalId}`, { metadata: { a: 1 } }))).toEqual({
      calls: ["GetItem", "PutItem"],
      write: 1,
      read: 1,
    });
  });

  test("deleteUserPersonalInformation is a reading and one transaction", async () => {
    const externalId = unique("cleared");
    await page.signIn(externalId, verified(externalId));
    expect(await costOf(200, () => app.api.delete(`${users}/${externalId}/personalinformation`))).toEqual({
      calls: ["GetItem", "TransactWriteItems"],
      write: 4,
      read: 1,
    });
  });

  test("deleteUserPersonalInformation is four readings more of a user with a conversation, and 2 units for each message of the user", async () => {
    const { user, conversationId } = await newPersonal(app);
    for (let count = 0; count < 5; count++) await say(app, conversationId, "hello", user.id);
    await say(app, conversationId, "from the business");
    await app.api.patch(`${users}/${user.id}`, { profile: { givenName: "Ada" } });
    for (let count = 0; count < 5; count++) await say(app, conversationId, "hello", user.id);
    const { calls, write } = await costOf(200, () => app.api.delete(`${users}/${user.id}/personalinformation`));
    expect(calls.filter((call) => call !== "UpdateItem")).toEqual([
      "BatchGetItem",
      "TransactWriteItems",
      "GetItem",
      "Query",
      "Query",
      "GetItem",
    ]);
    // Items that name no user are passed over. The copy of the latest message goes with the conversation's own write.
    expect(calls.filter((call) => call === "UpdateItem")).toHaveLength(5 + 1);
    expect(write).toBe(2 + 2 * 5 + 1);
  });

  test("deleteUser is a reading and one transaction for a user without conversations", async () => {
    const externalId = unique("plain");
    await app.api.post(users, { externalId });
    expect(await costOf(200, () => app.api.delete(`${users}/${externalId}`))).toEqual({
      calls: ["GetItem", "TransactWriteItems"],
      write: 2,
      read: 1,
    });
  });

  test("deleteUser of a user with a conversation is four calls more, whatever was said in it up to 25 messages", async () => {
    const { user, conversationId } = await newPersonal(app);
    for (let count = 0; count < 25; count++) await say(app, conversationId, "hello");
    const { calls, write } = await costOf(200, () => app.api.delete(`${users}/${user.id}`));
    expect(calls).toEqual(["BatchGetItem", "TransactWriteItems", "Query", "BatchWriteItem", "Query", "DeleteItem"]);
    // The person, the conversation and the note of what is left, twice each; each message and its place; the note.
    expect(write).toBe(2 * 3 + 2 * 25 + 1);
  });
});
