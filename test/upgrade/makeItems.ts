import { channelSamples } from "../../lib/local/channelSamples.ts";
import { channelTypes } from "../../lib/model/channel.ts";
import { type Caller, caller, type Credentials as Key } from "../support/caller.ts";
import { formOf } from "../support/startFiledServer.ts";
import {
  begin,
  businessOf,
  type MadeApp,
  type MadeChannel,
  type MadeDevice,
  made,
  signIn,
  writeOn,
} from "./callsOf.ts";
import type { RunningBuild } from "./runBuild.ts";

/** What a test needs to find again of the items that a build made. */
export type MadeNames = Awaited<ReturnType<typeof makeItems>>;

interface Identified {
  readonly id: string;
}

const users = (app: MadeApp) => `/v2/apps/${app.id}/users`;
const conversations = (app: MadeApp) => `/v2/apps/${app.id}/conversations`;
const integrations = (app: MadeApp) => `/v2/apps/${app.id}/integrations`;

/**
 * Makes every kind of item and every state of it, by calls of a build's API alone. A kind that a later version adds is
 * made here by one more step; `test/upgrade/storedItems.test.ts` names the kinds that are missing.
 * @param receiver a server that answers 200 at `/ok` and 500 elsewhere
 */
export async function makeItems(build: RunningBuild, accountKey: Key, receiver: string) {
  const account = caller(build.url, accountKey);
  const app = await makeApp(account, "Shop", { multiConvoEnabled: true });
  const api = businessOf(build, app);
  const { integration: web } = await made(
    api.post<{ integration: Identified }>(integrations(app), { type: "web", canUserCreateMoreConversations: true }),
  );
  const channels = await makeChannels(api, app);
  const deviceOf = (clientId: string): MadeDevice => ({ clientId: clientId.padEnd(32, "0"), integrationId: web.id });
  const maker: Maker = { build, app, api, deviceOf };
  const ada = await makeAda(maker);
  const guest = await begin(build, app, deviceOf("guest"), "Hello, I am new");
  const upgraded = await makeUpgraded(maker);
  const merged = await makeMerged(maker, "grace");
  const halfMerged = await cutOff(build, () => makeMerged(maker, "linus"));
  const halfJoined = await makeHalfJoined(build, account);
  const people = await makeChannelPeople(maker, channels);
  const latePersonId = await makeLatePerson(maker, channels);
  const links = await makeLinks(maker, channels);
  await makeAnswers(maker, channels);
  const group = await makeGroup(maker, ada.id, upgraded.appUserId);
  const deleted = await makeDeleted(maker);
  const webhooks = await makeDeliveries(maker, ada.conversationId, receiver);
  await makeFile(maker, ada.conversationId);
  const deletedApp = await makeApp(account, "Closed", {});
  await businessOf(build, deletedApp).post(users(deletedApp), { externalId: "left" });
  await made(account.delete(`/v2/apps/${deletedApp.id}`));
  return {
    app,
    channels,
    webId: web.id,
    ...{ ada, guest, upgraded, merged, halfMerged, halfJoined, people, latePersonId, links, group, deleted, webhooks },
    deletedAppId: deletedApp.id,
  };
}

/** Uploads a file for a message of a conversation. */
async function makeFile({ app, api }: Maker, conversationId: string): Promise<void> {
  const { body, headers } = formOf({ name: "source", fileName: "faq.png", type: "image/png", content: "file" });
  const query = `access=public&for=message&conversationId=${conversationId}`;
  await made(api.post(`/v2/apps/${app.id}/attachments?${query}`, body, headers));
}

interface Business {
  readonly app: MadeApp;
  readonly api: Caller;
}

interface Maker extends Business {
  readonly build: RunningBuild;
  readonly deviceOf: (clientId: string) => MadeDevice;
}

async function makeApp(account: Caller, displayName: string, settings: object): Promise<MadeApp> {
  const { app } = await made(
    account.post<{ app: Identified }>("/v2/apps", { displayName, settings, metadata: { plan: "small" } }),
  );
  const { key } = await made(account.post<{ key: Key }>(`/v2/apps/${app.id}/keys`, { displayName: "Server" }));
  return { id: app.id, key: { id: key.id, secret: key.secret } };
}

/** Makes an integration of each channel. */
async function makeChannels(api: Caller, app: MadeApp): Promise<readonly MadeChannel[]> {
  const list: MadeChannel[] = [];
  for (const type of channelTypes) {
    const { integration } = await made(
      api.post<{ integration: MadeChannel["credentials"] & { id: string; webhookUrl: string } }>(integrations(app), {
        type,
        ...channelSamples[type].demoFields(),
      }),
    );
    list.push({ id: integration.id, type, webhookUrl: integration.webhookUrl, credentials: integration });
  }
  return list;
}

const everyContent = [
  { type: "text", text: "Which color?", actions: [{ type: "reply", text: "Red", payload: "RED" }] },
  { type: "image", mediaUrl: "https://example.org/cat.png", altText: "a cat" },
  { type: "file", mediaUrl: "https://example.org/faq.pdf", altText: "FAQ" },
  { type: "location", coordinates: { lat: 45.5, long: -73.6 } },
];

/** Makes a user with everything that a user can hold: profile, metadata, identity, devices, two conversations. */
async function makeAda({ build, app, api, deviceOf }: Maker) {
  const person = { externalId: "ada", email: "ada@example.org" };
  const profile = { givenName: "Ada", surname: "Lovelace", locale: "en-GB" };
  const metadata = { tier: "gold", visits: 12 };
  const { user } = await made(
    api.post<{ user: Identified }>(users(app), { externalId: person.externalId, profile, metadata }),
  );
  await made(api.post(users(app), { externalId: person.externalId, brandId: "north" })).catch(() => undefined);
  await made(signIn(build, app, deviceOf("adaphone"), person));
  const device = deviceOf("adalaptop");
  await made(signIn(build, app, device, person));
  const conversationId = await makePersonal({ api, app }, user.id);
  for (const content of everyContent) await say({ api, app }, conversationId, content);
  await say({ api, app }, conversationId, { type: "text", text: "Red, please" }, user.id);
  const secondId = await makePersonal({ api, app }, user.id);
  await say({ api, app }, secondId, { type: "text", text: "About your invoice" });
  return { id: user.id, ...person, conversationId, secondId, device };
}

async function makePersonal({ api, app }: Business, userId: string): Promise<string> {
  const { conversation } = await made(
    api.post<{ conversation: Identified }>(conversations(app), {
      type: "personal",
      displayName: "Orders",
      participants: [{ userId, subscribeSDKClient: true }],
      metadata: { origin: "shop" },
    }),
  );
  return conversation.id;
}

async function say({ api, app }: Business, conversationId: string, content: object, userId?: string): Promise<void> {
  const author = userId === undefined ? { type: "business", displayName: "Shop" } : { type: "user", userId };
  await made(
    api.post(`${conversations(app)}/${conversationId}/messages`, { author, content, metadata: { order: "1815" } }),
  );
}

/** Makes an anonymous user that got an externalId: the address of that leads to the user. */
async function makeUpgraded({ build, app, deviceOf }: Maker) {
  const guest = await begin(build, app, deviceOf("upgraded"), "Before I signed in");
  await made(signIn(build, app, guest, { externalId: "upgraded" }));
  return { ...guest, externalId: "upgraded" };
}

/** Makes a known user, with a conversation, that absorbed an anonymous one. */
async function makeMerged({ build, app, api, deviceOf }: Maker, externalId: string) {
  const { user } = await made(api.post<{ user: Identified }>(users(app), { externalId }));
  const conversationId = await makePersonal({ api, app }, user.id);
  await say({ api, app }, conversationId, { type: "text", text: "Of the known user" });
  const guest = await begin(build, app, deviceOf(`${externalId}guest`), "Of the anonymous user");
  // Refused where a user has one conversation, which then absorbs the guest's.
  await makePersonal({ api, app }, guest.appUserId).catch(() => undefined);
  // Not checked, since a merge may be cut off here.
  await signIn(build, app, guest, { externalId });
  return { id: user.id, externalId, conversationId, guestId: guest.appUserId };
}

/** Makes an app whose users have one conversation, and a merge in it that was interrupted before the messages moved. */
async function makeHalfJoined(build: RunningBuild, account: Caller) {
  const app = await makeApp(account, "Kiosk", { conversationRetentionSeconds: 31_536_000 });
  const api = businessOf(build, app);
  const { integration } = await made(api.post<{ integration: Identified }>(integrations(app), { type: "web" }));
  const deviceOf = (clientId: string): MadeDevice => ({
    clientId: clientId.padEnd(32, "0"),
    integrationId: integration.id,
  });
  return { app, ...(await cutOff(build, () => makeMerged({ build, app, api, deviceOf }, "alan"))) };
}

/** Writes as a person on each channel, twice. */
async function makeChannelPeople({ build }: Maker, channels: readonly MadeChannel[]) {
  const people: { readonly type: string; readonly personId: string }[] = [];
  for (const [index, channel] of channels.entries()) {
    const personId = `1514555${2000 + index}`;
    for (const [turn, text] of ["First words", "Second words"].entries())
      await made(writeOn(build, channel, { id: personId, text, messageId: `${9e15 + index * 10 + turn}` }));
    people.push({ type: channel.type, personId });
  }
  return people;
}

/** Writes as a person whose message waits in the queue, since the table takes nothing at that moment. */
async function makeLatePerson({ build }: Maker, channels: readonly MadeChannel[]): Promise<string> {
  const personId = "15145554001";
  // LINE delivers no second time, so its events are queued.
  const line = channels.find(({ type }) => type === "line");
  if (!line) throw new Error("The build has no LINE.");
  const end = build.proxy.faultBy(({ action }) => (/Put|Update|Write/.test(action) ? "fail" : undefined));
  try {
    await made(writeOn(build, line, { id: personId, text: "Kept words", messageId: "7000000000000001" }));
  } finally {
    end();
  }
  return personId;
}

/** Makes a client that is linked at once, and one that waits for its person. */
async function makeLinks({ app, api }: Maker, channels: readonly MadeChannel[]) {
  const integrationId = channels.find(({ type }) => type === "whatsapp")?.id;
  const { user } = await made(api.post<{ user: Identified }>(users(app), { externalId: "linked" }));
  const conversationId = await makePersonal({ api, app }, user.id);
  const link = (phoneNumber: string, type: string) =>
    made(
      api.post(`${users(app)}/${user.id}/clients`, {
        matchCriteria: { type: "whatsapp", integrationId, phoneNumber },
        confirmation: { type },
        target: { conversationId },
      }),
    );
  const [linkedNumber, pendingNumber] = ["15145553001", "15145553002"];
  await link(`+${linkedNumber}`, "immediate");
  await link(`+${pendingNumber}`, "userActivity");
  return { userId: user.id, conversationId, linkedNumber, pendingNumber };
}

/** Makes answers to two people on channels: one's provider takes it, the other's fails. */
async function makeAnswers({ build, app, api }: Maker, channels: readonly MadeChannel[]): Promise<void> {
  await made(caller(build.url).post("/local/outbox/answers", { channel: "twilio", status: 500, times: 100 }));
  for (const [type, phoneNumber] of [
    ["whatsapp", "+15145553003"],
    ["twilio", "+15145553004"],
  ] as const) {
    const { user } = await made(api.post<{ user: Identified }>(users(app), { externalId: `answered-${type}` }));
    const conversationId = await makePersonal({ api, app }, user.id);
    const integrationId = channels.find((channel) => channel.type === type)?.id;
    await made(
      api.post(`${users(app)}/${user.id}/clients`, {
        matchCriteria: { type, integrationId, phoneNumber },
        confirmation: { type: "immediate" },
        target: { conversationId },
      }),
    );
    await say({ api, app }, conversationId, { type: "text", text: "It comes on Monday" });
  }
}

async function makeGroup({ app, api }: Maker, ...userIds: readonly string[]) {
  const { conversation } = await made(
    api.post<{ conversation: Identified }>(conversations(app), {
      type: "sdkGroup",
      participants: userIds.map((userId) => ({ userId, subscribeSDKClient: true })),
    }),
  );
  for (const [index, userId] of userIds.entries())
    await say({ api, app }, conversation.id, { type: "text", text: `Voice ${index + 1}` }, userId);
  return { id: conversation.id, userIds };
}

/** Makes what deletions leave: a vacancy, one with work left, a deleted conversation, cleared personal information. */
async function makeDeleted(maker: Maker) {
  const { build, app, api } = maker;
  const person = async (externalId: string) => {
    const profile = { givenName: "Confidential" };
    const { user } = await made(api.post<{ user: Identified }>(users(app), { externalId, profile }));
    const conversationId = await makePersonal({ api, app }, user.id);
    for (const text of ["One", "Two"]) await say({ api, app }, conversationId, { type: "text", text }, user.id);
    return { id: user.id, externalId, conversationId };
  };
  const gone = await person("gone");
  await made(api.delete(`${users(app)}/${gone.externalId}`));
  const halfGone = await person("halfgone");
  await cutOff(build, () => api.delete(`${users(app)}/${halfGone.externalId}`));
  const cleared = await person("cleared");
  await made(api.delete(`${users(app)}/${cleared.externalId}/personalinformation`));
  const emptied = await person("emptied");
  const deletedConversationId = await makePersonal({ api, app }, emptied.id);
  await say({ api, app }, deletedConversationId, { type: "text", text: "Forget this" });
  await made(api.delete(`${conversations(app)}/${deletedConversationId}`));
  return { gone, halfGone, cleared, emptied: { ...emptied, deletedConversationId } };
}

/** Lets the transaction pass by which a user ceases, and no write after it, as a crash in the midst of the work would. */
async function cutOff<Result>({ proxy }: RunningBuild, work: () => Promise<Result>): Promise<Result> {
  let ceased = false;
  const end = proxy.faultBy(({ action, body }) => {
    if (ceased) return /Put|Update|Delete|Write/.test(action) ? "fail" : undefined;
    ceased = action === "TransactWriteItems" && /"(redirect|vacancy)"/.test(body);
    return undefined;
  });
  try {
    return await work();
  } finally {
    end();
  }
}

/** Makes webhooks, and deliveries to a target that takes them and to one that fails; none in a build without webhooks. */
async function makeDeliveries({ app, api }: Maker, conversationId: string, receiver: string) {
  const { integration } = await made(
    api.post<{ integration: Identified }>(integrations(app), { type: "custom", displayName: "Bot" }),
  );
  const key = await made(
    api.post<{ key: Key }>(`${integrations(app)}/${integration.id}/keys`, { displayName: "Of the bot" }),
  );
  const webhookIds: string[] = [];
  for (const path of ["ok", "broken"]) {
    const reply = await api.post<{ webhook: Identified }>(`${integrations(app)}/${integration.id}/webhooks`, {
      target: `${receiver}/${path}`,
      triggers: ["conversation:message"],
    });
    if (reply.status === 201) webhookIds.push(reply.body.webhook.id);
  }
  await say({ api, app }, conversationId, { type: "text", text: "Told to webhooks" });
  return { integrationId: integration.id, key: { id: key.key.id, secret: key.key.secret }, webhookIds };
}
