import { expect } from "vitest";
import { newConversation, newGroup, newIntegration, newPersonal, newUser, newWebhook, say } from "./business.ts";
import { connect } from "./channelPeople.ts";
import { newDevice } from "./newDevice.ts";
import { pathOf, upload } from "./startFiledServer.ts";
import type { TestApp, TestServer } from "./startTestServer.ts";

/** A call of an operation of the official client, and the least content of its answer. */
export interface OfficialCall {
  readonly parameters: readonly unknown[];
  readonly status: number;
  readonly body: object;
  /** The path at which the operation's effect is seen, and the answer there afterwards. */
  readonly afterwards?: { readonly path: string; readonly status: number; readonly body: object };
}

/** Prepares a call, on resources that no other call shares, and answers it. */
type Prepare = (server: TestServer, app: TestApp) => Promise<OfficialCall>;

/** Makes a call that answers nothing; its effect is seen at a path under `/v2/apps`. */
const does =
  (path: string, status: number, body: object) =>
  (...parameters: readonly unknown[]): OfficialCall => ({
    parameters,
    status: 200,
    body: {},
    afterwards: { path: `/v2/apps/${path}`, status, body },
  });
/** Makes a call after which nothing is found at a path. */
const removes = (path: string) => does(path, 404, { errors: [{ code: expect.any(String) }] });
const found = (body: object, ...parameters: readonly unknown[]): OfficialCall => ({ parameters, status: 200, body });
const made = (body: object, ...parameters: readonly unknown[]): OfficialCall => ({ parameters, status: 201, body });
const id = <Id>(value: Id) => ({ id: value });

async function newKey(app: TestApp, server: TestServer, path = "keys"): Promise<string> {
  const { body } = await server.account.post<{ key: { id: string } }>(`/v2/apps/${app.id}/${path}`, {
    displayName: "Key",
  });
  return body.key.id;
}

const newCustom = (app: TestApp): Promise<string> => newIntegration(app, { type: "custom" });

/** Makes a user with a personal conversation, and the request for an immediate link to a phone number. */
async function newLinked(app: TestApp) {
  const { user, conversationId } = await newPersonal(app);
  const twilio = await connect(app, "twilio");
  const link = {
    matchCriteria: { type: "twilio", integrationId: twilio.id, phoneNumber: "+15145551234" },
    confirmation: { type: "immediate" },
    target: { conversationId },
  };
  return { user, link };
}

/** Makes a user that is signed in on a device. */
async function newSignedIn(server: TestServer, app: TestApp) {
  const user = await newUser(app);
  const device = newDevice(server, app, await newIntegration(app));
  await device.login(user.externalId);
  return { user, guid: device.clientId };
}

const personal = async (app: TestApp) => (await newPersonal(app)).conversationId;
const hook = { target: "https://example.org/events", triggers: ["conversation:message"] };
const text = { author: { type: "business" }, content: { type: "text", text: "Hello" } };

/** Every operation of the official client that works here. */
export const officialCalls: Readonly<Record<string, Prepare>> = {
  "AppsApi.createApp": async () => made({ app: { displayName: "Made" } }, { displayName: "Made" }),
  "AppsApi.listApps": async (_, app) => found({ apps: expect.arrayContaining([expect.objectContaining(id(app.id))]) }),
  "AppsApi.getApp": async (_, app) => found({ app: { id: app.id } }, app.id),
  "AppsApi.updateApp": async (server) => {
    const other = await server.newApp();
    return found({ app: { id: other.id, displayName: "Renamed" } }, other.id, { displayName: "Renamed" });
  },
  "AppsApi.deleteApp": async (server) => {
    const other = await server.newApp();
    return removes(other.id)(other.id);
  },

  "AppKeysApi.createAppKey": async (_, app) => made({ key: { displayName: "New" } }, app.id, { displayName: "New" }),
  "AppKeysApi.listAppKeys": async (server) => {
    const other = await server.newApp();
    return found({ keys: [other.key] }, other.id);
  },
  "AppKeysApi.getAppKey": async (_, app) => found({ key: app.key }, app.id, app.key.id),
  "AppKeysApi.deleteAppKey": async (server, app) => {
    const key = await newKey(app, server);
    return removes(`${app.id}/keys/${key}`)(app.id, key);
  },

  "IntegrationsApi.createIntegration": async (_, app) =>
    made({ integration: { type: "web", status: "active" } }, app.id, { type: "web" }),
  "IntegrationsApi.listIntegrations": async (server) => {
    const other = await server.newApp();
    const integration = { id: await newIntegration(other), type: "web" };
    return found({ integrations: [integration] }, other.id, { filter: { types: "web" } });
  },
  "IntegrationsApi.getIntegration": async (_, app) => {
    const web = await newIntegration(app);
    return found({ integration: { id: web, type: "web" } }, app.id, web);
  },
  "IntegrationsApi.updateIntegration": async (_, app) => {
    const web = await newIntegration(app);
    return found({ integration: { id: web, displayName: "Renamed" } }, app.id, web, { displayName: "Renamed" });
  },
  "IntegrationsApi.deleteIntegration": async (_, app) => {
    const web = await newIntegration(app);
    return removes(`${app.id}/integrations/${web}`)(app.id, web);
  },

  "CustomIntegrationApiKeysApi.createCustomIntegrationKey": async (_, app) =>
    made({ key: { displayName: "New" } }, app.id, await newCustom(app), { displayName: "New" }),
  "CustomIntegrationApiKeysApi.listCustomIntegrationKeys": async (server, app) => {
    const custom = await newCustom(app);
    return found({ keys: [id(await newKey(app, server, `integrations/${custom}/keys`))] }, app.id, custom);
  },
  "CustomIntegrationApiKeysApi.getCustomIntegrationKey": async (server, app) => {
    const custom = await newCustom(app);
    const key = await newKey(app, server, `integrations/${custom}/keys`);
    return found({ key: { id: key } }, app.id, custom, key);
  },
  "CustomIntegrationApiKeysApi.deleteCustomIntegrationKey": async (server, app) => {
    const custom = await newCustom(app);
    const key = await newKey(app, server, `integrations/${custom}/keys`);
    return removes(`${app.id}/integrations/${custom}/keys/${key}`)(app.id, custom, key);
  },

  "WebhooksApi.createWebhook": async (_, app) => made({ webhook: hook }, app.id, await newCustom(app), hook),
  "WebhooksApi.listWebhooks": async (_, app) => {
    const custom = await newCustom(app);
    const webhook = await newWebhook(app, custom);
    return found({ webhooks: [webhook] }, app.id, custom);
  },
  "WebhooksApi.getWebhook": async (_, app) => {
    const custom = await newCustom(app);
    const webhook = await newWebhook(app, custom);
    return found({ webhook }, app.id, custom, webhook.id);
  },
  "WebhooksApi.updateWebhook": async (_, app) => {
    const custom = await newCustom(app);
    const webhook = await newWebhook(app, custom);
    return found({ webhook: { ...webhook, includeFullUser: true } }, app.id, custom, webhook.id, {
      includeFullUser: true,
    });
  },
  "WebhooksApi.deleteWebhook": async (_, app) => {
    const custom = await newCustom(app);
    const { id: webhookId } = await newWebhook(app, custom);
    return removes(`${app.id}/integrations/${custom}/webhooks/${webhookId}`)(app.id, custom, webhookId);
  },

  "UsersApi.createUser": async (_, app) =>
    made({ user: { externalId: "official" } }, app.id, { externalId: "official" }),
  "UsersApi.getUser": async (_, app) => {
    const user = await newUser(app);
    return found({ user }, app.id, user.externalId);
  },
  "UsersApi.updateUser": async (_, app) => {
    const user = await newUser(app);
    const change = { profile: { givenName: "Jane" }, metadata: { plan: "pro" } };
    return found({ user: { ...user, ...change } }, app.id, user.externalId, change);
  },
  "UsersApi.deleteUser": async (_, app) => {
    const user = await newUser(app);
    return removes(`${app.id}/users/${user.id}`)(app.id, user.externalId);
  },
  "UsersApi.deleteUserPersonalInformation": async (_, app) => {
    const externalId = "forgotten";
    const { body } = await app.api.post<{ user: { id: string } }>(`/v2/apps/${app.id}/users`, {
      externalId,
      profile: { givenName: "Jane" },
    });
    return found({ user: { id: body.user.id, externalId, profile: {}, metadata: {} } }, app.id, externalId);
  },

  "ClientsApi.createClient": async (_, app) => {
    const { user, link } = await newLinked(app);
    return made({ client: { type: "twilio", status: "active" } }, app.id, user.externalId, link);
  },
  "ClientsApi.listClients": async (server, app) => {
    const { user } = await newSignedIn(server, app);
    return found({ clients: [{ type: "sdk", status: "active" }] }, app.id, user.externalId);
  },
  "ClientsApi.removeClient": async (_, app) => {
    const { user, link } = await newLinked(app);
    const path = `/v2/apps/${app.id}/users/${user.id}/clients`;
    const { body } = await app.api.post<{ client: { id: string } }>(path, {
      ...link,
      matchCriteria: { ...link.matchCriteria, phoneNumber: "+15145550000" },
    });
    return does(`${app.id}/users/${user.id}/clients`, 200, { clients: [] })(app.id, user.externalId, body.client.id);
  },

  "DevicesApi.listDevices": async (server, app) => {
    const { user, guid } = await newSignedIn(server, app);
    return found({ devices: [{ guid, type: "web" }] }, app.id, user.externalId);
  },
  "DevicesApi.getDevice": async (server, app) => {
    const { user, guid } = await newSignedIn(server, app);
    const path = `/v2/apps/${app.id}/users/${user.id}/devices`;
    const { body } = await app.api.get<{ devices: [{ id: string }] }>(path);
    return found({ device: { id: body.devices[0].id, guid } }, app.id, user.externalId, body.devices[0].id);
  },

  "ConversationsApi.createConversation": async (_, app) => {
    const user = await newUser(app);
    const conversation = { type: "personal", participants: [{ userExternalId: user.externalId }] };
    return made({ conversation: { type: "personal", isDefault: true } }, app.id, conversation);
  },
  "ConversationsApi.listConversations": async (_, app) => {
    const { user, conversationId } = await newPersonal(app);
    return found({ conversations: [id(conversationId)] }, app.id, { userId: user.id });
  },
  "ConversationsApi.getConversation": async (_, app) => {
    const conversationId = await personal(app);
    return found({ conversation: { id: conversationId } }, app.id, conversationId);
  },
  "ConversationsApi.updateConversation": async (_, app) => {
    const conversationId = await personal(app);
    const change = { displayName: "Order 7", metadata: { order: 7 } };
    return found({ conversation: { id: conversationId, ...change } }, app.id, conversationId, change);
  },
  "ConversationsApi.deleteConversation": async (_, app) => {
    const conversationId = await newConversation(app, { type: "sdkGroup", participants: [] });
    return removes(`${app.id}/conversations/${conversationId}`)(app.id, conversationId);
  },

  "ParticipantsApi.listParticipants": async (_, app) => {
    const { user, conversationId } = await newPersonal(app);
    return found({ participants: [{ userId: user.id, userExternalId: user.externalId }] }, app.id, conversationId);
  },
  "ParticipantsApi.joinConversation": async (_, app) => {
    const [{ conversationId }, user] = await Promise.all([newGroup(app, 1), newUser(app)]);
    const named = { userExternalId: user.externalId, subscribeSDKClient: false };
    return made({ participant: { userId: user.id } }, app.id, conversationId, named);
  },
  "ParticipantsApi.leaveConversation": async (_, app) => {
    const { users, conversationId } = await newGroup(app, 1);
    const nobody = does(`${app.id}/conversations/${conversationId}/participants`, 200, { participants: [] });
    return nobody(app.id, conversationId, { userExternalId: users[0]?.externalId });
  },

  "AttachmentsApi.uploadAttachment": async (_, app) => {
    const attachment = { mediaUrl: expect.stringContaining("/attachments/"), mediaType: expect.any(String) };
    return made({ attachment }, app.id, "public", Buffer.from("file"), { _for: "message" });
  },
  "AttachmentsApi.deleteAttachment": async (_, app) => {
    const { mediaUrl } = (await upload(app)).body.attachment;
    return {
      parameters: [app.id, { mediaUrl }],
      status: 200,
      body: {},
      afterwards: { path: pathOf(mediaUrl), status: 404, body: { errors: [{ code: "not_found" }] } },
    };
  },

  "MessagesApi.postMessage": async (_, app) => made({ messages: [text] }, app.id, await personal(app), text),
  "MessagesApi.listMessages": async (_, app) => {
    const conversationId = await personal(app);
    const first = await say(app, conversationId, "first");
    return found({ messages: [{ id: first, content: { text: "first" } }] }, app.id, conversationId);
  },
  "MessagesApi.deleteMessage": async (_, app) => {
    const conversationId = await personal(app);
    const message = await say(app, conversationId, "gone");
    return does(`${app.id}/conversations/${conversationId}/messages`, 200, { messages: [] })(
      app.id,
      conversationId,
      message,
    );
  },
  "MessagesApi.deleteAllMessages": async (_, app) => {
    const conversationId = await personal(app);
    for (const text of ["one", "two"]) await say(app, conversationId, text);
    return does(`${app.id}/conversations/${conversationId}/messages`, 200, { messages: [] })(app.id, conversationId);
  },

  "ActivitiesApi.postActivity": async (_, app) => {
    const { user, conversationId } = await newPersonal(app);
    await say(app, conversationId, "unread");
    const read = { participants: [{ userId: user.id, unreadCount: 0, lastRead: expect.any(String) }] };
    const reading = does(`${app.id}/conversations/${conversationId}/participants`, 200, read);
    return reading(app.id, conversationId, {
      author: { type: "user", userId: user.id },
      type: "conversation:read",
    });
  },
};

/** Reasons why the operations of a class, or one operation, of the official client are not offered. */
export const notOffered: Readonly<Record<string, string>> = {
  "ConversationsApi.downloadMessageRef": "Apple Messages for Business is not among the channels",
  OAuthEndpointsApi: "an account's own keys are the only callers; there are no partners to grant access to",
  SwitchboardsApi: "handing a conversation from one business system to another is not about the person",
  SwitchboardIntegrationsApi: "see SwitchboardsApi",
  SwitchboardActionsApi: "see SwitchboardsApi",
};

/** Operations of the vendor's description, v17.12.1, that this version of its client does not have yet. */
export const newerOperations: Readonly<Record<string, string>> = {
  ListUsers: "works",
  SyncUser: "not offered: it is about users of Zendesk Support",
  PostConversionEvents: "not offered: it reports to a channel's advertising",
  GetTokenInfo: "not offered: see OAuthEndpointsApi",
};
