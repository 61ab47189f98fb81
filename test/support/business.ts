import type { TestApp, TestServer } from "./startTestServer.ts";
import { unique } from "./unique.ts";

/** Calls by which a business prepares a test through the REST API, and reads its result. */

export interface TestUser {
  readonly id: string;
  readonly externalId: string;
}

/** Creates a user with an externalId of its own. */
export async function newUser(app: TestApp, fields: object = {}): Promise<TestUser> {
  const externalId = unique("person");
  const { body } = await app.api.post<{ user: TestUser }>(`/v2/apps/${app.id}/users`, { externalId, ...fields });
  return { id: body.user.id, externalId };
}

/** Starts a conversation and answers its id. */
export async function newConversation(app: TestApp, fields: object): Promise<string> {
  const { body } = await app.api.post<{ conversation: { id: string } }>(`/v2/apps/${app.id}/conversations`, fields);
  return body.conversation.id;
}

/** Starts a personal conversation of a new user. */
export async function newPersonal(app: TestApp): Promise<{ readonly user: TestUser; readonly conversationId: string }> {
  const user = await newUser(app);
  return {
    user,
    conversationId: await newConversation(app, { type: "personal", participants: [{ userId: user.id }] }),
  };
}

/** Starts a group of new users. */
export async function newGroup(
  app: TestApp,
  size: number,
): Promise<{ readonly users: readonly TestUser[]; readonly conversationId: string }> {
  const users = await Promise.all(Array.from({ length: size }, () => newUser(app)));
  const participants = users.map((user) => ({ userId: user.id, subscribeSDKClient: true }));
  return { users, conversationId: await newConversation(app, { type: "sdkGroup", participants }) };
}

/** Posts a message of the business, or of a user through it. Answers the message's id. */
export async function say(app: TestApp, conversationId: string, text: string, userId?: string): Promise<string> {
  const { body } = await app.api.post<{ messages: [{ id: string }] }>(
    `/v2/apps/${app.id}/conversations/${conversationId}/messages`,
    { author: userId ? { type: "user", userId } : { type: "business" }, content: { type: "text", text } },
  );
  return body.messages[0].id;
}

/** Makes an integration, by default for a Messaging SDK on web pages, and answers its id. */
export async function newIntegration(app: TestApp, fields: object = {}): Promise<string> {
  const { body } = await app.api.post<{ integration: { id: string } }>(`/v2/apps/${app.id}/integrations`, {
    type: "web",
    ...fields,
  });
  return body.integration.id;
}

/** A webhook as the business sees it. */
export interface RestWebhook {
  readonly id: string;
  readonly version: string;
  readonly target: string;
  readonly triggers: readonly string[];
  readonly secret: string;
  readonly includeFullUser: boolean;
  readonly includeFullSource: boolean;
  readonly previousSecretUntil?: string;
}

/** Makes a webhook of a custom integration, by default for messages. */
export async function newWebhook(app: TestApp, integrationId: string, fields: object = {}): Promise<RestWebhook> {
  const { body } = await app.api.post<{ webhook: RestWebhook }>(
    `/v2/apps/${app.id}/integrations/${integrationId}/webhooks`,
    { target: "https://example.org/events", triggers: ["conversation:message"], ...fields },
  );
  return body.webhook;
}

/** Makes a new app that allows several conversations per user, and an integration that lets them start more. */
export async function newMultiApp(server: TestServer): Promise<{ app: TestApp; integrationId: string }> {
  const app = await server.newApp();
  await app.api.patch(`/v2/apps/${app.id}`, { settings: { multiConvoEnabled: true } });
  return { app, integrationId: await newIntegration(app, { canUserCreateMoreConversations: true }) };
}

/** A user as the business sees it. */
export interface RestUser {
  readonly id: string;
  readonly externalId?: string;
  readonly authenticated: boolean;
  readonly metadata: object;
  readonly profile: object;
}

/** Reads a user as the business sees it, or the status if there is none. */
export async function seenByBusiness(app: TestApp, idOrExternalId: string): Promise<RestUser | number> {
  const found = await app.api.get<{ user: RestUser }>(`/v2/apps/${app.id}/users/${idOrExternalId}`);
  return found.status === 200 ? found.body.user : found.status;
}

/** Lists the user ids of a conversation's participants. */
export async function participantsOf(app: TestApp, conversationId: string): Promise<readonly string[]> {
  const { body } = await app.api.get<{ participants: readonly { userId: string }[] }>(
    `/v2/apps/${app.id}/conversations/${conversationId}/participants`,
  );
  return body.participants.map((one) => one.userId);
}

/** Lists the ids of a user's conversations. */
export async function conversationsOf(app: TestApp, userId: string): Promise<readonly string[]> {
  const { body } = await app.api.get<{ conversations: readonly { id: string }[] }>(
    `/v2/apps/${app.id}/conversations?filter[userId]=${userId}`,
  );
  return body.conversations.map((one) => one.id);
}

export interface RestMessage {
  readonly author: { readonly userId?: string; readonly displayName?: string };
  readonly content: { readonly text: string };
}

/** Lists a conversation's messages, oldest first; none if there is no such conversation. */
export async function messagesOf(app: TestApp, conversationId: string): Promise<readonly RestMessage[]> {
  const { body } = await app.api.get<{ messages?: readonly RestMessage[] }>(
    `/v2/apps/${app.id}/conversations/${conversationId}/messages`,
  );
  return body.messages ?? [];
}

/** Lists the texts of a conversation, oldest first. */
export const textsOf = async (app: TestApp, conversationId: string): Promise<string[]> =>
  (await messagesOf(app, conversationId)).map((message) => message.content.text);
