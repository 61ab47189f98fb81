import { expect } from "vitest";
import type { OperationName, workers } from "../../lib/api/routes.ts";
import { importFunction } from "../../lib/local/server.ts";
import { conversationsOf, newIntegration, newWebhook, participantsOf } from "../support/business.ts";
import type { Reply } from "../support/caller.ts";
import type { UserResponse, Visitor } from "../support/newDevice.ts";
import type { Stage } from "../support/stage.ts";
import { formOf, pathOf, type Uploaded, upload } from "../support/startFiledServer.ts";
import type { DynamodbProxy } from "../support/startProxy.ts";
import { unique } from "../support/unique.ts";

/** A call that may be interrupted, as its client makes it and makes it again until it is answered. */
export interface Attempt {
  readonly call: () => Promise<Reply>;
  /** What its client may be told in the end; the first time, and when the call had taken effect without an answer. */
  readonly told: readonly number[];
  /** What its calls to the table name besides the app. */
  readonly marks?: readonly string[];
  /** Holds what the client was told against what there is. */
  readonly settled?: (answered: Reply) => Promise<void>;
}

const hook = { target: "https://example.org/events", triggers: ["conversation:message"] };

export type Scenario = (stage: Stage, proxy: DynamodbProxy) => Promise<Attempt>;

/**
 * For every operation that may write: what it is called for, each with what must be true once it was answered. A key of
 * idempotency is given wherever there is one; where there is none a repeated call is another one, as with the vendor.
 */
export const scenarios: Partial<Record<OperationName | keyof typeof workers, Readonly<Record<string, Scenario>>>> = {
  createApp: {
    "an app": async ({ server }) => {
      const displayName = unique("app");
      return {
        call: () => server.account.post("/v2/apps", { displayName }),
        told: [201],
        marks: [displayName],
        settled: found<{ app: { id: string } }>(({ app }) => server.account.get(`/v2/apps/${app.id}`)),
      };
    },
  },
  updateApp: {
    "its metadata": async ({ app, rest }) => ({
      call: () => app.api.patch(rest, { metadata: { tier: 2 } }),
      told: [200],
      settled: async () => expect((await app.api.get(rest)).body).toMatchObject({ app: { metadata: { tier: 2 } } }),
    }),
  },
  deleteApp: {
    "with keys, integrations and webhooks": async (stage) => {
      const { id } = await stage.custom();
      await newWebhook(stage.app, id);
      await stage.app.api.post(`${stage.rest}/integrations/${id}/keys`, { displayName: "k" });
      await stage.user();
      return {
        call: () => stage.server.account.delete(stage.rest),
        told: [200, 404],
        settled: gone(() => stage.server.account.get(stage.rest)),
      };
    },
  },
  /** It works on every deleted app at once: test/functions/deleteApp.test.ts interrupts it, where it is alone. */
  eraseDeletedApps: {},
  createAppKey: {
    "a key": async ({ server, rest }) => ({
      call: () => server.account.post(`${rest}/keys`, { displayName: "k" }),
      told: [201],
      settled: found<{ key: { id: string } }>(({ key }) => server.account.get(`${rest}/keys/${key.id}`)),
    }),
  },
  deleteAppKey: {
    "a key": async ({ server, rest, app }) => ({
      call: () => server.account.delete(`${rest}/keys/${app.key.id}`),
      told: [200, 404],
      settled: gone(() => server.account.get(`${rest}/keys/${app.key.id}`)),
    }),
  },
  createIntegration: {
    "a channel": async ({ app, rest }) => ({
      call: () => app.api.post(`${rest}/integrations`, { type: "telegram", token: unique("bot") }),
      told: [201],
      settled: found<{ integration: { id: string } }>(({ integration }) =>
        app.api.get(`${rest}/integrations/${integration.id}`),
      ),
    }),
    "with a webhook": async ({ app, rest }) => ({
      call: () => app.api.post(`${rest}/integrations`, { type: "custom", webhooks: [hook] }),
      told: [201],
      settled: found<{ integration: { id: string } }>(({ integration }) =>
        app.api.get(`${rest}/integrations/${integration.id}/webhooks`),
      ),
    }),
  },
  createWebhook: {
    "a webhook": async ({ app, rest, custom }) => {
      const path = `${rest}/integrations/${(await custom()).id}/webhooks`;
      return {
        call: () => app.api.post(path, hook),
        told: [201],
        settled: found<{ webhook: { id: string } }>(({ webhook }) => app.api.get(`${path}/${webhook.id}`)),
      };
    },
  },
  updateWebhook: {
    "its triggers": async ({ app, rest, custom }) => {
      const path = `${rest}/integrations/${(await custom()).id}/webhooks`;
      const { id } = await newWebhook(app, (await custom()).id);
      const triggers = ["user:remove"];
      return {
        call: () => app.api.patch(`${path}/${id}`, { triggers }),
        told: [200],
        settled: async () => expect((await app.api.get(path)).body).toMatchObject({ webhooks: [{ id, triggers }] }),
      };
    },
  },
  deleteWebhook: {
    "one of two": async ({ app, rest, custom }) => {
      const integrationId = (await custom()).id;
      const path = `${rest}/integrations/${integrationId}/webhooks`;
      const [one, other] = [await newWebhook(app, integrationId), await newWebhook(app, integrationId)];
      return {
        call: () => app.api.delete(`${path}/${one.id}`),
        told: [200, 404],
        settled: async () => expect((await app.api.get(path)).body).toEqual({ webhooks: [other] }),
      };
    },
  },
  rotateWebhookSecret: {
    "its secret": async ({ app, rest, custom }) => {
      const integrationId = (await custom()).id;
      const webhook = await newWebhook(app, integrationId);
      const path = `${rest}/integrations/${integrationId}/webhooks/${webhook.id}`;
      return {
        call: () => app.api.post(`${path}/rotate`, {}),
        told: [200],
        settled: async (answered) => {
          expect((await app.api.get(path)).body).toEqual(answered.body);
          expect(answered.body).not.toMatchObject({ webhook: { secret: webhook.secret } });
        },
      };
    },
  },
  updateIntegration: {
    "its name": async ({ app, rest, web }) => {
      const path = `${rest}/integrations/${(await web()).id}`;
      return {
        call: () => app.api.patch(path, { displayName: "Shop" }),
        told: [200],
        settled: async () =>
          expect((await app.api.get(path)).body).toMatchObject({ integration: { displayName: "Shop" } }),
      };
    },
  },
  deleteIntegration: {
    "with a key and a webhook": async ({ app, rest, custom }) => {
      const { id } = await custom();
      const path = `${rest}/integrations/${id}`;
      await app.api.post(`${path}/keys`, { displayName: "k" });
      await newWebhook(app, id);
      return {
        call: () => app.api.delete(path),
        told: [200, 404],
        settled: gone(() => app.api.get(path)),
      };
    },
  },
  createCustomIntegrationKey: {
    "a key": async ({ app, rest, custom }) => {
      const path = `${rest}/integrations/${(await custom()).id}/keys`;
      return {
        call: () => app.api.post(path, { displayName: "k" }),
        told: [201],
        settled: found<{ key: { id: string } }>(({ key }) => app.api.get(`${path}/${key.id}`)),
      };
    },
  },
  deleteCustomIntegrationKey: {
    "a key": async ({ app, rest, custom }) => {
      const path = `${rest}/integrations/${(await custom()).id}/keys`;
      const { body } = await app.api.post<{ key: { id: string } }>(path, { displayName: "k" });
      return {
        call: () => app.api.delete(`${path}/${body.key.id}`),
        told: [200, 404],
        marks: [body.key.id],
        settled: gone(() => app.api.get(`${path}/${body.key.id}`)),
      };
    },
  },
  createUser: {
    "with an externalId": async ({ app, rest }) => {
      const externalId = unique("person");
      return {
        call: () => app.api.post(`${rest}/users`, { externalId, profile: { givenName: "Ada" } }),
        told: [201, 409],
        settled: async (answered) => {
          const { body } = await app.api.get(`${rest}/users/${externalId}`);
          expect(body).toMatchObject({ user: { externalId, profile: { givenName: "Ada" } } });
          if (answered.status === 201) expect(answered.body).toEqual(body);
        },
      };
    },
    "without one": async ({ app, rest }) => ({
      call: () => app.api.post(`${rest}/users`, {}),
      told: [201],
      settled: found<{ user: { id: string } }>(({ user }) => app.api.get(`${rest}/users/${user.id}`)),
    }),
  },
  updateUser: {
    "the profile": async (stage) => {
      const path = `${stage.rest}/users/${(await stage.user()).externalId}`;
      return {
        call: () => stage.app.api.patch(path, { profile: { givenName: "Grace" }, metadata: { a: 1 } }),
        told: [200],
        settled: async () =>
          expect((await stage.app.api.get(path)).body).toMatchObject({
            user: { profile: { givenName: "Grace" }, metadata: { a: 1 } },
          }),
      };
    },
  },
  deleteUser: {
    "with conversations and messages": async (stage) => {
      const user = await stage.user();
      const conversation = await stage.conversation(user.id);
      await stage.say(conversation, "Hello");
      await stage.conversation(user.id, (await stage.user()).id);
      await stage.login(user.externalId);
      return {
        call: () => stage.app.api.delete(`${stage.rest}/users/${user.externalId}`),
        told: [200, 404],
        settled: async () => {
          expect((await stage.app.api.get(`${stage.rest}/users/${user.externalId}`)).status).toBe(404);
          expect((await stage.app.api.get(`${stage.rest}/conversations/${conversation}`)).status).toBe(404);
          const next = await stage.login(user.externalId);
          expect(next.status).toBe(200);
          expect(next.body.appUser._id).not.toBe(user.id);
        },
      };
    },
    "of a channel": async (stage) => {
      await stage.write(4711, 1, "Is the shop open?");
      const userId = await stage.userOnTelegram(4711);
      const path = `${stage.rest}/users/${userId}`;
      return {
        call: () => stage.app.api.delete(path),
        told: [200, 404],
        settled: async () => {
          expect((await stage.app.api.get(path)).status).toBe(404);
          expect((await stage.write(4711, 2, "Hello?")).status).toBe(200);
          expect((await stage.app.api.get(path)).status).toBe(404);
        },
      };
    },
  },
  deleteUserPersonalInformation: {
    "of a user": async (stage) => {
      const { externalId } = await stage.user({ profile: { givenName: "Ada" } });
      return {
        call: () => stage.app.api.delete(`${stage.rest}/users/${externalId}/personalinformation`),
        told: [200],
        settled: async () =>
          expect((await stage.app.api.get(`${stage.rest}/users/${externalId}`)).body).toMatchObject({
            user: { externalId, profile: {} },
          }),
      };
    },
    "of a user who said much on a channel": async (stage) => {
      for (const text of ["One", "Two", "Three"]) await stage.write(4711, text.length * 10 + text.charCodeAt(0), text);
      const userId = await stage.userOnTelegram(4711);
      const [conversationId] = await conversationsOf(stage.app, userId);
      return {
        call: () => stage.app.api.delete(`${stage.rest}/users/${userId}/personalinformation`),
        told: [200],
        settled: async () => {
          const { body } = await stage.app.api.get<{ messages: { author: object }[] }>(
            `${stage.rest}/conversations/${conversationId}/messages`,
          );
          expect(body.messages.map(({ author }) => author)).toEqual(
            ["One", "Two", "Three"].map(() => ({ type: "user", userId })),
          );
        },
      };
    },
  },
  createClient: {
    "on a channel": async (stage) => {
      const user = await stage.user();
      const conversationId = await stage.conversation(user.id);
      const integrationId = await newIntegration(stage.app, {
        type: "mailgun",
        apiKey: unique("key"),
        domain: "example.org",
        incomingAddress: "us@example.org",
      });
      const path = `${stage.rest}/users/${user.externalId}/clients`;
      return {
        call: () =>
          stage.app.api.post(path, {
            matchCriteria: { type: "mailgun", integrationId, address: "ada@example.com" },
            confirmation: { type: "immediate" },
            target: { conversationId },
          }),
        told: [201],
        marks: [integrationId],
        settled: async () => expect(await channelClients(stage, path)).toHaveLength(1),
      };
    },
  },
  removeClient: {
    "of a channel": async (stage) => {
      await stage.write(4711, 1, "Is the shop open?");
      const path = `${stage.rest}/users/${await stage.userOnTelegram(4711)}/clients`;
      const [client] = await channelClients(stage, path);
      return {
        call: () => stage.app.api.delete(`${path}/${client?.id}`),
        told: [200, 404],
        settled: async () => expect(await channelClients(stage, path)).toEqual([]),
      };
    },
  },
  createConversation: {
    "the first of a user": async (stage) => {
      const user = await stage.user();
      const participants = [{ userId: user.id, subscribeSDKClient: true }];
      return startConversation(stage, { type: "personal", participants });
    },
    "a group": async (stage) => {
      const users = await Promise.all([stage.user(), stage.user()]);
      const participants = users.map(({ externalId }) => ({ userExternalId: externalId, subscribeSDKClient: true }));
      return startConversation(stage, { type: "sdkGroup", participants });
    },
  },
  updateConversation: {
    "its name": async (stage) => {
      const path = `${stage.rest}/conversations/${await stage.conversation((await stage.user()).id)}`;
      return {
        call: () => stage.app.api.patch(path, { displayName: "Orders", metadata: { a: 1 } }),
        told: [200],
        settled: async () =>
          expect((await stage.app.api.get(path)).body).toMatchObject({
            conversation: { displayName: "Orders", metadata: { a: 1 } },
          }),
      };
    },
  },
  deleteConversation: {
    "a group with messages": async (stage) => {
      const group = await newGroup(stage);
      await stage.say(group, "Welcome");
      const path = `${stage.rest}/conversations/${group}`;
      return {
        call: () => stage.app.api.delete(path),
        told: [200, 404],
        settled: gone(() => stage.app.api.get(path)),
      };
    },
  },
  joinConversation: {
    "a group": async (stage) => {
      const [group, user] = await Promise.all([newGroup(stage), stage.user()]);
      const path = `${stage.rest}/conversations/${group}`;
      return {
        call: () => stage.app.api.post(`${path}/join`, { userId: user.id, subscribeSDKClient: false }),
        told: [201],
        settled: async () =>
          expect((await participantsOf(stage.app, group)).filter((id) => id === user.id)).toHaveLength(1),
      };
    },
  },
  leaveConversation: {
    "a group": async (stage) => {
      const users = await Promise.all([stage.user(), stage.user()]);
      const [leaving, staying] = users.map((user) => user.id);
      const group = await stage.conversation(...users.map((user) => user.id));
      return {
        call: () => stage.app.api.post(`${stage.rest}/conversations/${group}/leave`, { userId: leaving }),
        told: [200, 404],
        settled: async () => expect(await participantsOf(stage.app, group)).toEqual([staying]),
      };
    },
  },
  postMessage: {
    "of the business": async (stage) => {
      const conversation = await stage.conversation((await stage.user()).id);
      return {
        call: () =>
          stage.app.api.post(`${stage.rest}/conversations/${conversation}/messages`, {
            author: { type: "business" },
            content: { type: "text", text: "Your order is on its way" },
          }),
        told: [201],
        settled: async () => expect(await stage.texts(conversation)).toContain("Your order is on its way"),
      };
    },
    "after a merge": async (stage) => {
      const { conversation, author } = await merged(stage);
      return {
        call: () =>
          stage.app.api.post(`${stage.rest}/conversations/${conversation}/messages`, {
            author,
            content: { type: "text", text: "Again" },
          }),
        told: [201],
        settled: async () =>
          expect(await stage.texts(conversation)).toEqual(expect.arrayContaining(["one", "two", "Again"])),
      };
    },
  },
  deleteMessage: {
    "one of two": async (stage) => {
      const conversation = await stage.conversation((await stage.user()).id);
      await stage.say(conversation, "kept");
      const id = await stage.say(conversation, "deleted");
      return {
        call: () => stage.app.api.delete(`${stage.rest}/conversations/${conversation}/messages/${id}`),
        told: [200, 404],
        settled: async () => expect(await stage.texts(conversation)).toEqual(["kept"]),
      };
    },
  },
  deleteAllMessages: {
    "of a conversation": async (stage) => {
      const conversation = await stage.conversation((await stage.user()).id);
      await stage.say(conversation, "one");
      await stage.say(conversation, "two");
      return {
        call: () => stage.app.api.delete(`${stage.rest}/conversations/${conversation}/messages`),
        told: [200],
        settled: async () => expect(await stage.texts(conversation)).toEqual([]),
      };
    },
  },
  postActivity: {
    "a user read": async (stage) => {
      const user = await stage.user();
      const conversation = await stage.conversation(user.id);
      await stage.say(conversation, "Hello");
      const path = `${stage.rest}/conversations/${conversation}`;
      return {
        call: () =>
          stage.app.api.post(`${path}/activity`, {
            author: { type: "user", userId: user.id },
            type: "conversation:read",
          }),
        told: [200],
        settled: async () =>
          expect((await stage.app.api.get(`${path}/participants`)).body).toMatchObject({
            participants: [{ unreadCount: 0 }],
          }),
      };
    },
  },
  listConversations: {
    "after a merge": afterMerge(({ app, rest }, { userId }) =>
      app.api.get(`${rest}/conversations?filter[userId]=${userId}`),
    ),
    "after an interrupted merge": async (stage, proxy) => {
      const { userId, group } = await interruptedMerge(stage, proxy);
      const list = () => stage.app.api.get(`${stage.rest}/conversations?filter[userId]=${userId}`);
      return {
        call: list,
        told: [200],
        settled: async () => expect((await list()).text).toContain(group),
      };
    },
  },
  getConversation: {
    "after a merge": afterMerge(({ app, rest }, { conversation }) =>
      app.api.get(`${rest}/conversations/${conversation}`),
    ),
  },
  listParticipants: {
    "after a merge": afterMerge(({ app, rest }, { conversation }) =>
      app.api.get(`${rest}/conversations/${conversation}/participants`),
    ),
  },
  listMessages: {
    "after a merge": afterMerge(({ app, rest }, { conversation }) =>
      app.api.get(`${rest}/conversations/${conversation}/messages`),
    ),
  },
  sdkCreateConversation: {
    "by somebody new": async (stage) => {
      const [device, key] = [await stage.device(), unique("key")];
      const fields = { conversation: { messages: [{ type: "text", text: "Hello" }] } };
      const start = () => device.create(fields, { "idempotency-key": key });
      return {
        call: start,
        told: [201],
        settled: async (answered) => {
          const again = await start();
          const { appUser, conversations } = bodyOf<UserResponse>(answered);
          expect(again.body.appUser._id).toBe(appUser._id);
          expect(await stage.texts(conversations[0]?._id ?? "")).toEqual(["Hello"]);
        },
      };
    },
    "by a user who has none": async (stage) => {
      const user = await stage.user();
      const [device, key] = [await stage.device(), unique("key")];
      return {
        call: () =>
          device.call("POST", `/appusers/${user.id}/conversations`, {
            body: { client: device.client, messages: [{ type: "text", text: "Hello" }] },
            as: stage.bearer(user.externalId),
            headers: { "idempotency-key": key },
          }),
        told: [201],
        settled: async (answered) => {
          const { conversation } = bodyOf<{ conversation: { _id: string } }>(answered);
          expect(await stage.texts(conversation._id)).toEqual(["Hello"]);
          expect(await conversationsOf(stage.app, user.id)).toEqual([conversation._id]);
        },
      };
    },
    "a further one": async (stage) => {
      await stage.app.api.patch(stage.rest, { settings: { multiConvoEnabled: true } });
      const guest = await stage.born();
      const key = unique("key");
      return {
        call: () =>
          guest.post(
            `/appusers/${guest.appUserId}/conversations`,
            { client: guest.client, messages: [{ type: "text", text: "Something else" }] },
            { "idempotency-key": key },
          ),
        told: [201],
        settled: async (answered) => {
          const { conversation } = bodyOf<{ conversation: { _id: string } }>(answered);
          expect(await conversationsOf(stage.app, guest.appUserId)).toEqual([guest.conversationId, conversation._id]);
          expect(await stage.texts(conversation._id)).toEqual(["Something else"]);
        },
      };
    },
  },
  sdkLogin: {
    "somebody new": async (stage) => signIn(stage, unique("person")),
    "somebody known": async (stage) => signIn(stage, (await stage.user()).externalId),
    "a guest who gets an externalId": async (stage) => {
      const guest = await stage.born("Before");
      await stage.conversation(guest.appUserId, (await stage.user()).id);
      const attempt = await signIn(stage, unique("person"), guest);
      return {
        ...attempt,
        settled: async (answered) => {
          await attempt.settled?.(answered);
          expect(bodyOf<UserResponse>(answered).appUser._id).toBe(guest.appUserId);
          expect(await stage.texts(guest.conversationId)).toEqual(["Before"]);
        },
      };
    },
    "a guest who is somebody known": async (stage) => {
      const user = await stage.user();
      const conversation = await stage.conversation(user.id);
      await stage.say(conversation, "one");
      const guest = await stage.born("two");
      const group = await stage.conversation(guest.appUserId, (await stage.user()).id);
      const attempt = await signIn(stage, user.externalId, guest);
      return {
        ...attempt,
        settled: async (answered) => {
          await attempt.settled?.(answered);
          expect(bodyOf<UserResponse>(answered).appUser._id).toBe(user.id);
          expect(await stage.texts(conversation)).toEqual(["one", "two"]);
          expect(await conversationsOf(stage.app, user.id)).toEqual([conversation, group]);
        },
      };
    },
    "a guest who is somebody known, with a conversation each": async (stage) => {
      await stage.app.api.patch(stage.rest, { settings: { multiConvoEnabled: true } });
      const user = await stage.user();
      const conversation = await stage.conversation(user.id);
      const guest = await stage.born("two");
      const attempt = await signIn(stage, user.externalId, guest);
      return {
        ...attempt,
        settled: async (answered) => {
          await attempt.settled?.(answered);
          expect(await conversationsOf(stage.app, user.id)).toEqual([conversation, guest.conversationId]);
          expect(await stage.texts(guest.conversationId)).toEqual(["two"]);
        },
      };
    },
  },
  sdkLogout: {
    "a guest": async (stage) => {
      const guest = await stage.born();
      const path = `/appusers/${guest.appUserId}`;
      return {
        call: () => guest.post(`${path}/logout`, { client: { id: guest.clientId } }),
        // A logout that was not heard has ended the session that the repeated one presents.
        told: [200, 401],
        settled: async () => expect((await guest.get(path)).status).toBe(401),
      };
    },
  },
  sdkGetUser: {
    "after a merge": afterMerge((_, { userId, phone, as }) => phone.call("GET", `/appusers/${userId}`, { as })),
    "after an interrupted merge": async (stage, proxy) => {
      const { userId, phone, as, group } = await interruptedMerge(stage, proxy);
      return {
        call: () => phone.call("GET", `/appusers/${userId}`, { as }),
        told: [200],
        settled: async () => expect(await conversationsOf(stage.app, userId)).toContain(group),
      };
    },
  },
  sdkUpdateUser: {
    "the profile": async (stage) => {
      const guest = await stage.born();
      const path = `/appusers/${guest.appUserId}`;
      return {
        call: () => guest.put(path, { givenName: "Grace", properties: { a: 1 } }),
        told: [200],
        settled: async () =>
          expect((await guest.get(path)).body).toMatchObject({
            appUser: { givenName: "Grace", properties: { a: 1 } },
          }),
      };
    },
  },
  sdkListConversations: {
    "after a merge": afterMerge((_, { userId, phone, as }) =>
      phone.call("GET", `/appusers/${userId}/conversations`, { as }),
    ),
  },
  sdkGetConversation: {
    "after a merge": afterMerge((_, { conversation, phone, as }) =>
      phone.call("GET", `/conversations/${conversation}`, { as }),
    ),
  },
  sdkUpdateConversation: {
    "after a merge": afterMerge((_, { conversation, phone, as }) =>
      phone.call("PUT", `/conversations/${conversation}`, { body: { displayName: "Mine" }, as }),
    ),
  },
  sdkSubscribe: {
    "after a merge": afterMerge((_, { conversation, phone, as }) =>
      phone.call("POST", `/conversations/${conversation}/subscribe`, { body: {}, as }),
    ),
  },
  sdkListMessages: {
    "after a merge": afterMerge((_, { conversation, phone, as }) =>
      phone.call("GET", `/conversations/${conversation}/messages`, { as }),
    ),
  },
  sdkSendMessage: {
    "a message": async (stage) => {
      const guest = await stage.born("first");
      const key = unique("key");
      return {
        call: () =>
          guest.post(
            `/conversations/${guest.conversationId}/messages`,
            { message: { type: "text", text: "second" } },
            { "idempotency-key": key },
          ),
        told: [201],
        settled: async () => expect(await stage.texts(guest.conversationId)).toEqual(["first", "second"]),
      };
    },
  },
  sdkUploadFile: {
    "a file": async (stage) => {
      const guest = await stage.born("first");
      const key = unique("key");
      const form = formOf({ name: "source", fileName: "a.txt", type: "text/plain", content: "file" });
      const path = `/conversations/${guest.conversationId}/files`;
      return {
        call: () =>
          guest.call("POST", path, {
            body: form.body,
            as: guest,
            headers: { ...form.headers, "idempotency-key": key },
          }),
        told: [201],
        settled: async (answered) => {
          const { message } = bodyOf<{ message: { mediaUrl: string } }>(answered);
          expect((await stage.server.as().get(pathOf(message.mediaUrl))).text).toBe("file");
          expect((await stage.texts(guest.conversationId)).length).toBe(2);
        },
      };
    },
  },
  uploadAttachment: {
    "a file of a conversation": async ({ app, rest, server, user, conversation }) => {
      const conversationId = await conversation((await user()).id);
      const { body, headers } = formOf({ name: "source", fileName: "a.png", type: "image/png", content: "file" });
      const query = `access=public&for=message&conversationId=${conversationId}`;
      return {
        call: () => app.api.post(`${rest}/attachments?${query}`, body, headers),
        told: [201],
        settled: found<Uploaded>(({ attachment }) => server.as().get(pathOf(attachment.mediaUrl))),
      };
    },
  },
  createAttachmentUpload: {
    "a form": async ({ app, rest }) => ({
      call: () => app.api.post(`${rest}/attachments/uploads`, { name: "a.mp4", mediaType: "video/mp4" }),
      told: [201],
    }),
  },
  deleteAttachment: {
    "a file": async ({ app, rest, server }) => {
      const { mediaUrl } = (await upload(app)).body.attachment;
      return {
        call: () => app.api.post(`${rest}/attachments/remove`, { mediaUrl }),
        told: [200, 404],
        settled: gone(() => server.as().get(pathOf(mediaUrl))),
      };
    },
  },
  getAttachment: {
    "a private file": async ({ app }) => {
      const { mediaUrl } = (await upload(app, "access=private")).body.attachment;
      return { call: () => app.api.get(pathOf(mediaUrl)), told: [200] };
    },
  },
  sdkTriggerPostback: {
    "a press that is echoed": async (stage) => {
      const guest = await stage.born("first");
      await stage.app.api.patch(stage.rest, { settings: { echoPostback: true } });
      const { body } = await stage.app.api.post<{ messages: [{ id: string }] }>(
        `${stage.rest}/conversations/${guest.conversationId}/messages`,
        {
          author: { type: "business" },
          content: { type: "text", text: "second", actions: [{ type: "postback", text: "third", payload: "P" }] },
        },
      );
      const key = unique("key");
      return {
        call: () =>
          guest.post(
            `/conversations/${guest.conversationId}/postback`,
            { postback: { actionId: `${body.messages[0].id}-0` } },
            { "idempotency-key": key },
          ),
        told: [200],
        settled: async () => expect(await stage.texts(guest.conversationId)).toEqual(["first", "second", "third"]),
      };
    },
  },
  sdkPostActivity: {
    "a person read": async (stage) => {
      const guest = await stage.born();
      await stage.say(guest.conversationId, "Hello");
      return {
        call: () =>
          guest.post(`/conversations/${guest.conversationId}/activity`, { activity: { type: "conversation:read" } }),
        told: [200],
        settled: async () =>
          expect(
            (await stage.app.api.get(`${stage.rest}/conversations/${guest.conversationId}/participants`)).body,
          ).toMatchObject({
            participants: [{ unreadCount: 0 }],
          }),
      };
    },
  },
  replayDelivery: {
    "a first contact": async (stage) => {
      const { id: integrationId } = await stage.telegram();
      const event = {
        kind: "message",
        person: { externalId: "4711", aliases: [], displayName: "Ada Lovelace" },
        messageId: "1",
        content: { type: "text", text: "Is the shop open?" },
      };
      const queued = {
        appId: stage.app.id,
        integrationId,
        event,
        receivedAt: "2026-01-01T00:00:00.000Z",
        reason: "Error",
      };
      return {
        call: () => replay(queued),
        told: [200],
        settled: async () => {
          expect(await told(stage, 4711)).toEqual(["Is the shop open?"]);
        },
      };
    },
  },
  channelWebhook: {
    "a first contact": async (stage) => {
      await stage.telegram();
      return {
        call: () => stage.write(4711, 1, "Is the shop open?"),
        told: [200],
        settled: async () => {
          expect(await told(stage, 4711)).toEqual(["Is the shop open?"]);
        },
      };
    },
    "another message": async (stage) => {
      await stage.write(4711, 1, "Is the shop open?");
      return {
        call: () => stage.write(4711, 2, "Hello?"),
        told: [200],
        settled: async () => {
          expect(await told(stage, 4711)).toEqual(["Is the shop open?", "Hello?"]);
        },
      };
    },
  },
};

/** Hands a queued event to its worker, as SQS does: what the worker fails at comes again. */
async function replay(body: object): Promise<Reply> {
  const handle = await importFunction("replayDelivery");
  const records = [{ messageId: "1", body: JSON.stringify(body) }];
  // What a worker of a queue answers, by its contract with Lambda.
  const { batchItemFailures } = (await handle({ Records: records }, {})) as { batchItemFailures: readonly object[] };
  return { status: batchItemFailures.length === 0 ? 200 : 500, headers: {}, text: "", body: undefined };
}

// What an answer holds is the test's claim, as with every reply.
const bodyOf = <Body>(reply: Reply): Body => reply.body as Body;

const found =
  <Body>(get: (body: Body) => Promise<Reply>) =>
  async (answered: Reply): Promise<void> => {
    const reply = await get(bodyOf<Body>(answered));
    expect(reply.status).toBe(200);
  };

const gone = (get: () => Promise<Reply>) => async (): Promise<void> => {
  expect((await get()).status).toBe(404);
};

async function startConversation({ app, rest }: Stage, fields: object): Promise<Attempt> {
  return {
    call: () => app.api.post(`${rest}/conversations`, fields),
    told: [201],
    settled: found<{ conversation: { id: string } }>(({ conversation }) =>
      app.api.get(`${rest}/conversations/${conversation.id}`),
    ),
  };
}

async function channelClients({ app }: Stage, path: string): Promise<readonly { readonly id: string }[]> {
  const { body } = await app.api.get<{ clients: { id: string; type: string }[] }>(path);
  return body.clients.filter((client) => client.type !== "sdk");
}

async function newGroup(stage: Stage): Promise<string> {
  const users = await Promise.all([stage.user(), stage.user()]);
  return stage.conversation(...users.map((user) => user.id));
}

async function signIn(stage: Stage, externalId: string, guest?: Visitor): Promise<Attempt> {
  await stage.web();
  return {
    call: () => stage.login(externalId, guest),
    told: [200],
    settled: async (answered) => {
      const { body } = await stage.app.api.get<{ user: { id: string } }>(`${stage.rest}/users/${externalId}`);
      expect(body.user.id).toBe(bodyOf<UserResponse>(answered).appUser._id);
      expect((await stage.login(externalId)).body.appUser._id).toBe(body.user.id);
    },
  };
}

/** Somebody known into whom a guest was merged, with the guest's messages still to move. */
async function merged(stage: Stage) {
  const user = await stage.user();
  const conversation = await stage.conversation(user.id);
  await stage.say(conversation, "one");
  const guest = await stage.born("two");
  await stage.login(user.externalId, guest);
  const author = { type: "user", userId: user.id };
  return { userId: user.id, conversation, phone: guest, as: stage.bearer(user.externalId), author };
}

function afterMerge(call: (stage: Stage, merge: Awaited<ReturnType<typeof merged>>) => Promise<Reply>): Scenario {
  return async (stage) => {
    const merge = await merged(stage);
    return {
      call: () => call(stage, merge),
      told: [200],
      settled: async () => expect(await stage.texts(merge.conversation)).toEqual(["one", "two"]),
    };
  };
}

/** A merge that got no further than its first transaction: a group of the guest's is still to move. */
async function interruptedMerge(stage: Stage, proxy: DynamodbProxy) {
  const user = await stage.user();
  const guest = await stage.born();
  const group = await stage.conversation(guest.appUserId, (await stage.user()).id);
  let decided = false;
  const lift = proxy.faultBy(({ action, body }) => {
    if (!body.includes(stage.app.id)) return undefined;
    if (decided) return "refuse";
    decided = action === "TransactWriteItems";
    return undefined;
  });
  await stage.login(user.externalId, guest);
  lift();
  return { userId: user.id, group, phone: guest, as: stage.bearer(user.externalId) };
}

/** What somebody wrote to the bot. */
async function told(stage: Stage, personId: number): Promise<readonly string[]> {
  const [conversation] = await conversationsOf(stage.app, await stage.userOnTelegram(personId));
  return stage.texts(conversation ?? "");
}
