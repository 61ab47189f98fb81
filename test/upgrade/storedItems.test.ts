import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { openApi } from "../../lib/cli/server/api.ts";
import { exportUser } from "../../lib/cli/users/exportUser.ts";
import { importFunction } from "../../lib/local/server.ts";
import { textsOf as restTexts } from "../support/business.ts";
import { caller } from "../support/caller.ts";
import { userToken } from "../support/signToken.ts";
import type { TestApp } from "../support/startTestServer.ts";
import { startToldServer } from "../support/startToldServer.ts";
import { withItsRights } from "../support/tableAccess.ts";
import { everyItem, tracesOf } from "../support/tableItems.ts";
import { callSdk, type MadeDevice, signIn, writeOn } from "./callsOf.ts";
import { everyKind, kindsOf } from "./kindsOfItems.ts";
import { publicUrl } from "./runBuild.ts";
import { type StoredFile, storedFiles } from "./storedFile.ts";
import { callEngine, putItems, secretsKey } from "./storedItem.ts";

process.env[variable.secretsKey] = secretsKey;
process.env[variable.webhookTargets] = "loopback";
const folder = mkdtempSync(join(tmpdir(), "sunroom-upgrade-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
process.env[variable.eventRetryQueueUrl] = pathToFileURL(join(folder, "later")).href;
process.env[variable.eventDeadLetterQueueUrl] = pathToFileURL(join(folder, "dead")).href;
const { server, publish } = await startToldServer();
process.env[variable.publicUrl] = publicUrl;
// The items are as old as their builds: no engine may drop those that have expired since.
await callEngine(server.endpoint, "UpdateTimeToLive", {
  TableName: server.tableName,
  TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: false },
});
for (const { items } of storedFiles) await putItems(server.endpoint, server.tableName, items);
await publish();

const newest = storedFiles.at(-1);
const minutes = 60_000;
/** Lives an hour after the items were written, or what expires would be gone. */
const timeOf = ({ writtenAt }: StoredFile) => Date.parse(writtenAt) + 60 * minutes;
const now = () => new Date();
const callee = { url: server.url, now };
afterAll(() => vi.useRealTimers());
afterEach(() => vi.useRealTimers());

interface User {
  readonly id: string;
  readonly externalId?: string;
}
interface Conversation {
  readonly id: string;
  readonly isDefault: boolean;
}
interface Message {
  readonly content: object;
}

/** The business of an app that a build made. */
function businessIn(app: StoredFile["names"]["app"]) {
  const api = caller(server.url, app.key);
  const base = `/v2/apps/${app.id}`;
  const testApp: TestApp = { ...app, api };
  return {
    api,
    base,
    testApp,
    user: (name: string) => api.get<{ user: User }>(`${base}/users/${name}`),
    conversations: async (userId: string) =>
      (await api.get<{ conversations: Conversation[] }>(`${base}/conversations?filter[userId]=${userId}`)).body
        .conversations,
    messages: async (id: string) =>
      (await api.get<{ messages: Message[] }>(`${base}/conversations/${id}/messages`)).body.messages,
    texts: (id: string) => restTexts(testApp, id),
    say: (id: string, text: string) =>
      api.post(`${base}/conversations/${id}/messages`, {
        author: { type: "business" },
        content: { type: "text", text },
      }),
  };
}

/** Finds the user that a person on a channel became, by what the table holds of its clients. */
async function userOnChannel(appId: string, personId: string): Promise<string> {
  const found = (await everyItem(server)).filter(
    ({ pk, kind, clients = "" }) => kind === "user" && pk.startsWith(`user#${appId}#`) && clients.includes(personId),
  );
  expect(found).toHaveLength(1);
  return found[0]?.pk.split("#")[2];
}

/** Hands messages of a queue to its Lambda. */
async function invoke(operation: string, bodies: readonly string[]): Promise<unknown> {
  const lambda = withItsRights(operation, await importFunction(operation));
  const Records = bodies.map((body, index) => ({ messageId: `m${index}`, body }));
  return lambda({ Records }, { getRemainingTimeInMillis: () => 240_000 });
}

/** Reads the messages of a file of the queue of deliveries. */
const bodiesOf = (text: string): readonly string[] => {
  const messages: readonly { readonly body: string }[] = JSON.parse(text);
  return messages.map(({ body }) => body);
};

describe("the newest file of items", () => {
  test("is of the version of package.json", () => {
    const { version }: { version: string } = JSON.parse(
      readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
    );
    expect(
      newest?.build,
      `test/upgrade has no items of version ${version}: write them by "node scripts/writeStoredItems.ts"`,
    ).toBe(version);
  });

  test("has every kind of item that this build makes", () => {
    const held = new Set((newest?.items ?? []).flatMap(kindsOf));
    const missing = everyKind().filter((kind) => !held.has(kind));
    expect(
      missing,
      `test/upgrade/items-${newest?.build}.json lacks the items ${missing.join(", ")}: make them in test/upgrade/makeItems.ts, and write the file anew by "node scripts/writeStoredItems.ts"`,
    ).toEqual([]);
  });

  test("has no item that the keys of this build do not name", () => {
    const known = new Set(everyKind());
    expect((newest?.items ?? []).map((item) => kindsOf(item)[0]).filter((kind) => !known.has(kind ?? ""))).toEqual([]);
  });
});

describe.each(storedFiles)("the items of the build $build", (file) => {
  const { names } = file;
  const { app, ada } = names;
  const business = businessIn(app);
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: timeOf(file) });
  });

  test("show a user with its profile, metadata, email and devices, by every name", async () => {
    const { body } = await business.user(ada.id);
    expect(body.user).toMatchObject({
      id: ada.id,
      externalId: "ada",
      profile: { givenName: "Ada", surname: "Lovelace", locale: "en-GB" },
      metadata: { tier: "gold", visits: 12 },
      identities: [{ type: "email", value: ada.email }],
    });
    expect((await business.user("ada")).body).toEqual(body);
    const byEmail = await business.api.get(`${business.base}/users?filter[identities.email]=${ada.email}`);
    expect(byEmail.body).toEqual({ users: [body.user] });
    const { devices } = (await business.api.get<{ devices: object[] }>(`${business.base}/users/ada/devices`)).body;
    expect(devices).toHaveLength(2);
  });

  test("are listed: conversations, and messages of every content", async () => {
    const ids = (await business.conversations(ada.id)).map(({ id }) => id);
    expect(ids.sort()).toEqual([ada.conversationId, ada.secondId, names.group.id].sort());
    expect((await business.messages(ada.conversationId)).map(({ content }) => content)).toMatchObject([
      { type: "text", text: "Which color?", actions: [{ type: "reply", payload: "RED" }] },
      { type: "image", mediaUrl: "https://example.org/cat.png", altText: "a cat" },
      { type: "file", mediaUrl: "https://example.org/faq.pdf" },
      { type: "location", coordinates: { lat: 45.5, long: -73.6 } },
      { type: "text", text: "Red, please" },
      { type: "text", text: "Told to webhooks" },
    ]);
    expect(await business.texts(names.group.id)).toEqual(["Voice 1", "Voice 2"]);
  });

  test("list an app's integrations, with their keys and fields", async () => {
    const path = `${business.base}/integrations`;
    const { body } = await business.api.get<{ integrations: User[] }>(`${path}?page[size]=100`);
    expect(body.integrations).toHaveLength(names.channels.length + 2);
    const own = caller(server.url, names.webhooks.key);
    expect(await own.get(`${path}/${names.webhooks.integrationId}/webhooks`)).toMatchObject({ status: 200 });
  });

  test("sign the known person in as the same user, on a device that it had", async () => {
    const path = `/appusers/${ada.id}`;
    expect(await callSdk(callee, app, ada.device, { method: "GET", path, token: userToken(app, "ada") })).toMatchObject(
      { status: 200 },
    );
    expect(await signIn(callee, app, ada.device, ada)).toMatchObject({
      status: 200,
      body: { appUser: { _id: ada.id, userId: "ada" } },
    });
  });

  test("let an anonymous user go on under its session, and an upgraded one sign in as itself", async () => {
    const { guest, upgraded } = names;
    const said = await callSdk(callee, app, guest, {
      method: "POST",
      path: `/conversations/${guest.conversationId}/messages`,
      body: { message: { type: "text", text: "I am back", role: "appUser" }, author: authorOf(guest) },
    });
    expect(said.status).toBe(201);
    expect(await business.texts(guest.conversationId)).toEqual(["Hello, I am new", "I am back"]);
    const signedIn = await signIn(
      callee,
      app,
      { clientId: "new".padEnd(32, "0"), integrationId: names.webId },
      upgraded,
    );
    expect(signedIn.body.appUser._id).toBe(upgraded.appUserId);
  });

  test.each(names.channels)(
    "receive the next message on $type in the same conversation, and a redelivery adds none",
    async (channel) => {
      const index = names.channels.indexOf(channel);
      const personId = names.people[index]?.personId ?? "";
      const userId = await userOnChannel(app.id, personId);
      const write = (text: string, turn: number) =>
        writeOn(callee, channel, { id: personId, text, messageId: `${9e15 + index * 10 + turn}` });
      expect((await write("Third words", 2)).status).toBe(200);
      expect((await write("Second words", 1)).status).toBe(200);
      expect(await userOnChannel(app.id, personId)).toBe(userId);
      const [conversation] = await business.conversations(userId);
      const texts = await business.texts(conversation?.id ?? "");
      // A mail's text begins with its subject where there is one.
      expect(texts.map((text) => text.replace(/^Hello\s+/, ""))).toEqual([
        "First words",
        "Second words",
        "Third words",
      ]);
    },
  );

  test("are joined by what waited in the queues", async () => {
    const { channelEvents, deliveries } = file.queued;
    expect(channelEvents).toHaveLength(1);
    expect(await invoke("replayDelivery", channelEvents)).toEqual({ batchItemFailures: [] });
    const [conversation] = await business.conversations(await userOnChannel(app.id, names.latePersonId));
    expect(await business.texts(conversation?.id ?? "")).toEqual(["Kept words"]);
    // The target is gone, so one more attempt fails, and is recorded.
    expect(await invoke("deliverEvents", deliveries.flatMap(bodiesOf))).toEqual({ batchItemFailures: [] });
    const attempts = (await everyItem(server))
      .filter(({ pk }) => pk.startsWith(`deliveries#${app.id}#${names.webhooks.webhookIds[1]}#`))
      .map((item) => JSON.parse(item.attempts).length);
    expect(attempts).toEqual(deliveries.length === 0 ? [] : [2]);
  });

  test("link a client at its person's first message", async () => {
    const { pendingNumber, linkedNumber, conversationId, userId } = names.links;
    const whatsapp = names.channels.find(({ type }) => type === "whatsapp");
    if (!whatsapp) throw new Error("The build has no WhatsApp.");
    for (const [turn, id] of [linkedNumber, pendingNumber].entries())
      await writeOn(callee, whatsapp, { id, text: `From number ${turn + 1}`, messageId: `link${turn}` });
    expect(await business.texts(conversationId)).toEqual(["From number 1", "From number 2"]);
    expect(await userOnChannel(app.id, pendingNumber)).toBe(userId);
  });

  test("hold what two merged users said in one, also where the merge was interrupted", async () => {
    for (const { guestId, id, externalId } of [names.merged, names.halfMerged]) {
      expect((await business.user(guestId)).status).toBe(404);
      expect((await business.user(externalId)).body.user).toMatchObject({ id, externalId });
      const texts = await Promise.all((await business.conversations(id)).map((one) => business.texts(one.id)));
      expect(texts.flat().sort()).toEqual(["Of the anonymous user", "Of the known user"]);
    }
    const kiosk = names.halfJoined;
    const [conversation] = await businessIn(kiosk.app).conversations(kiosk.id);
    const texts = await businessIn(kiosk.app).texts(conversation?.id ?? "");
    expect(texts.sort()).toEqual(["Of the anonymous user", "Of the known user"]);
  });

  test("keep the deleted person deleted, and finish what a deletion left", async () => {
    const { gone, halfGone, cleared, emptied } = names.deleted;
    for (const { externalId, id } of [gone, halfGone]) {
      expect((await business.user(externalId)).status).toBe(404);
      await business.api.delete(`${business.base}/users/${id}`);
      const made = await business.api.post<{ user: User }>(`${business.base}/users`, { externalId });
      expect(made.status).toBe(201);
      expect(made.body.user.id).not.toBe(id);
      expect((await business.messages(externalId)) ?? []).toEqual([]);
    }
    expect(await tracesOf(server, [halfGone.conversationId])).toEqual([]);
    expect(JSON.stringify((await business.user(cleared.externalId)).body)).not.toContain("Confidential");
    expect(await business.texts(cleared.conversationId)).toEqual(["One", "Two"]);
    expect(await business.texts(emptied.deletedConversationId)).toEqual([]);
  });

  test("tell their changes as events, and nothing of them is told twice", async () => {
    const { webhookIds, integrationId } = names.webhooks;
    await publish();
    await business.say(ada.conversationId, "Is it there?");
    const told = (await publish()).filter(({ appId }) => appId === app.id);
    expect(told.map(({ webhookId }) => webhookId).sort()).toEqual([...webhookIds].sort());
    for (const { event } of told)
      expect(event).toMatchObject({
        type: "conversation:message",
        payload: { conversation: { id: ada.conversationId }, message: { content: { text: "Is it there?" } } },
      });
    for (const id of webhookIds) {
      const path = `${business.base}/integrations/${integrationId}/webhooks/${id}/deliveries`;
      const { body } = await business.api.get<{ deliveries: object[] }>(path);
      expect(body.deliveries).toHaveLength(1);
    }
  });

  test("merge an anonymous user of theirs into a known one", async () => {
    const { guest } = names;
    const { body } = await signIn(callee, app, guest, { externalId: "grace" });
    expect(body.appUser._id).toBe(names.merged.id);
    expect((await business.user(guest.appUserId)).status).toBe(404);
    expect(await business.texts(guest.conversationId)).toEqual(["Hello, I am new", "I am back"]);
  });

  test("are exported, then deleted with all that they hold", async () => {
    const { user } = (await business.user("ada")).body;
    let text = "";
    for await (const chunk of exportUser(openApi(server.url, app.key), app.id, user)) text += chunk;
    const exported: { devices: object[]; conversations: { messages: object[] }[] } = JSON.parse(text);
    expect(exported.devices).toHaveLength(2);
    expect(exported.conversations.map(({ messages }) => messages.length).sort()).toEqual([1, 2, 7]);
    expect((await business.api.delete(`${business.base}/users/ada`)).status).toBe(200);
    expect((await business.user("ada")).status).toBe(404);
    // What was told of it goes with the event of the deletion; the records of deliveries, which hold ids alone, expire.
    await publish();
    const traces = await tracesOf(server, [ada.conversationId, ada.secondId, ada.email]);
    expect(traces.filter(({ pk }) => pk.includes(app.id) && !pk.startsWith("deliveries#"))).toEqual([]);
    expect(await business.texts(names.group.id)).toEqual(["Voice 2"]);
  });

  test("end with their app", async () => {
    expect((await server.account.delete(business.base)).status).toBe(200);
    expect((await business.user("grace")).status).toBe(401);
    expect((await server.account.get(`/v2/apps/${names.deletedAppId}`)).status).toBe(404);
  });
});

/** Names the device that says something, as SDKs do. */
const authorOf = ({ clientId, integrationId }: MadeDevice) => ({
  role: "appUser",
  client: { platform: "web", id: clientId, integrationId },
});
