import { routes } from "../../lib/api/routes.ts";
import { newWebhook } from "./business.ts";
import { newStage, type Stage } from "./stage.ts";
import type { TestServer } from "./startTestServer.ts";
import { unique } from "./unique.ts";

/** An app with one of everything that a path can name, and with words that no stranger may read. */
export type World = Awaited<ReturnType<typeof newWorld>>;

export async function newWorld(server: TestServer) {
  const stage: Stage = await newStage(server, { multiConvoEnabled: true });
  const { app, rest } = stage;
  const words = Array.from({ length: 6 }, () => unique("canary"));
  const [name, text, guestText, tag, title, keyName] = words;
  const user = await stage.user({ profile: { givenName: name }, metadata: { tag } });
  const conversationId = await stage.conversation(user.id);
  await stage.app.api.patch(`${rest}/conversations/${conversationId}`, { displayName: title });
  const messageId = await stage.say(conversationId, text ?? "");
  const guest = await stage.born(guestText);
  const groupId = await stage.conversation(user.id, guest.appUserId, (await stage.user()).id);
  const { id: integrationId } = await stage.web();
  const { id: customId } = await stage.custom();
  const bot = await stage.telegram();
  const secretToken = String(bot.credentials.secretToken);
  const made = await app.api.post<{ key: { id: string; secret: string } }>(`${rest}/integrations/${customId}/keys`, {
    displayName: keyName,
  });
  const integrationKey = made.body.key;
  const webhook = await newWebhook(app, customId);
  /** The values of a path's parameters, unless an operation needs others. */
  const parameters: Readonly<Record<string, string>> = {
    appId: app.id,
    keyId: app.key.id,
    integrationId,
    userIdOrExternalId: user.externalId,
    "userIdOrExternalId+": user.externalId,
    conversationId,
    messageId,
    appUserId: guest.appUserId,
    clientId: user.id,
    deviceId: guest.clientId,
    webhookId: webhook.id,
  };
  const special: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    channelWebhook: { integrationId: bot.id },
    joinConversation: { conversationId: groupId },
    leaveConversation: { conversationId: groupId },
    ...Object.fromEntries(
      Object.keys(routes)
        .filter((operation) => /Webhook/.test(operation) && operation !== "channelWebhook")
        .map((operation) => [operation, { integrationId: customId }]),
    ),
    ...Object.fromEntries(
      ["create", "list", "get", "delete"].map((verb) => [
        verb === "list" ? "listCustomIntegrationKeys" : `${verb}CustomIntegrationKey`,
        { integrationId: customId, keyId: integrationKey.id },
      ]),
    ),
  };
  return {
    ...stage,
    user,
    guest,
    conversationId,
    groupId,
    messageId,
    integrationKey,
    webhook,
    bot: { id: bot.id, secretToken },
    /** Values that no stranger may ever receive. */
    secrets: [
      ...words,
      user.externalId,
      app.key.secret,
      integrationKey.secret,
      guest.sessionToken,
      secretToken,
      webhook.secret,
    ],

    /** Makes the method and path of a route, with the names of this world; other values may be given. */
    requestTo(operation: string, routeKey: string, values: Readonly<Record<string, string>> = {}) {
      const [method = "GET", path = "/"] = routeKey === "$default" ? ["PUT", "/nowhere"] : routeKey.split(" ");
      const all = { ...parameters, ...special[operation], ...values };
      // An unknown parameter gets an id that does not exist.
      const target = path.replace(/\{([^}]+)\}/g, (_, parameter: string) => all[parameter] ?? "0".repeat(24));
      return { method, path: target };
    },
  };
}
