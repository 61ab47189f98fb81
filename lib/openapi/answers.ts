import { webhookTriggers } from "../model/events/webhook.ts";
import { sdkTypes } from "../model/integration.ts";

/**
 * The API's answers as JSON Schema (draft 2020-12, as in OpenAPI 3.1). The bodies are not here: they are derived from
 * the schemas that validate them.
 */

type JsonSchema = Readonly<Record<string, unknown>>;

const string = { type: "string" };
const boolean = { type: "boolean" };
const integer = { type: "integer" };
const id = { type: "string", pattern: "^[0-9a-f]{24}$" };
const time = { type: "string", format: "date-time", description: "YYYY-MM-DDThh:mm:ss.SSSZ" };
const open = { type: "object", additionalProperties: true };
const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const list = (items: JsonSchema): JsonSchema => ({ type: "array", items });
const object = (properties: JsonSchema, required: readonly string[] = Object.keys(properties)): JsonSchema => ({
  type: "object",
  properties,
  required,
});

/** An attempt at a delivery: either the target's status, or why there is none. */
const attempt = {
  at: time,
  milliseconds: integer,
  responseStatus: integer,
  error: { ...string, description: "Why there is no answer" },
  answer: { ...string, description: "The beginning of the answer's body, if it is text" },
};

/** The named schemas of the description. */
export const resources: Readonly<Record<string, JsonSchema>> = {
  error: object({ errors: list(object({ code: string, title: string })) }),
  sdkError: object({ error: object({ code: string, description: string }) }),
  meta: object({ hasMore: boolean, afterCursor: string, beforeCursor: string }, ["hasMore"]),
  links: object({ prev: string, next: string }, []),
  app: object({ id, displayName: string, settings: open, metadata: open }, ["id", "displayName", "settings"]),
  key: object({ id: string, displayName: string, secret: string }),
  integration: {
    ...object(
      {
        id,
        type: string,
        status: { enum: ["active", "inactive", "error"] },
        displayName: string,
        webhookUrl: string,
        webhooks: list(ref("webhook")),
      },
      ["id", "type", "status"],
    ),
    description: "The type's own fields stand beside these; a secret only in the answer that creates the integration.",
    additionalProperties: true,
  },
  delivery: object({
    id,
    status: { enum: ["pending", "delivered", "failed"] },
    event: object(
      { id, type: string, createdAt: time, payload: { ...open, description: "Until its user is deleted" } },
      ["id", "type", "createdAt"],
    ),
    queuedAt: time,
    attempts: list(object(attempt, ["at", "milliseconds"])),
  }),
  webhook: object(
    {
      id,
      version: { const: "v2" },
      target: string,
      triggers: list({ enum: webhookTriggers }),
      secret: string,
      includeFullUser: boolean,
      includeFullSource: boolean,
      previousSecretUntil: { ...time, description: "During a rotation, the end of the secret before it" },
    },
    ["id", "version", "target", "triggers", "secret", "includeFullUser", "includeFullSource"],
  ),
  user: object(
    {
      id,
      authenticated: boolean,
      externalId: string,
      brandId: string,
      signedUpAt: time,
      toBeRetained: boolean,
      hasPaymentInfo: { const: false },
      identities: list(object({ type: { const: "email" }, value: string, verification: { const: "embed" } })),
      profile: object({ givenName: string, surname: string, email: string, avatarUrl: string, locale: string }, []),
      metadata: open,
    },
    ["id", "authenticated", "signedUpAt", "hasPaymentInfo", "identities", "profile", "metadata"],
  ),
  client: object(
    {
      id,
      type: string,
      status: { enum: ["active", "blocked", "inactive", "pending"] },
      integrationId: id,
      externalId: string,
      lastSeen: time,
      linkedAt: time,
      displayName: string,
      avatarUrl: string,
      info: open,
      raw: open,
    },
    ["id", "type", "status"],
  ),
  device: object(
    {
      id,
      type: { enum: sdkTypes },
      guid: string,
      clientId: id,
      status: { enum: ["active", "inactive"] },
      integrationId: id,
      lastSeen: time,
      pushNotificationToken: string,
      info: open,
      appVersion: string,
    },
    ["id", "type", "guid", "clientId", "status", "integrationId", "lastSeen"],
  ),
  conversation: object(
    {
      id,
      type: { enum: ["personal", "sdkGroup"] },
      metadata: open,
      isDefault: boolean,
      displayName: string,
      description: string,
      iconUrl: string,
      businessLastRead: time,
      lastUpdatedAt: time,
      createdAt: time,
    },
    ["id", "type", "isDefault", "lastUpdatedAt", "createdAt"],
  ),
  participant: object(
    {
      id,
      userId: id,
      unreadCount: integer,
      clientAssociations: list(object({ type: string, clientId: id })),
      userExternalId: string,
      lastRead: time,
    },
    ["id", "userId", "unreadCount", "clientAssociations"],
  ),
  message: object(
    {
      id,
      received: time,
      author: object(
        {
          type: { enum: ["user", "business"] },
          userId: id,
          displayName: string,
          avatarUrl: string,
          subtypes: list(string),
        },
        ["type"],
      ),
      content: { ...object({ type: string }), additionalProperties: true },
      source: object({ type: string, integrationId: id, originalMessageId: string, originalMessageTimestamp: time }, [
        "type",
      ]),
      metadata: open,
      quotedMessage: object(
        { type: { enum: ["message", "externalMessageId"] }, message: open, externalMessageId: string },
        ["type"],
      ),
      raw: open,
    },
    ["id", "received", "author", "content", "source"],
  ),
};

const listOf = (name: string, resource: string): JsonSchema =>
  object({ [name]: list(ref(resource)), meta: ref("meta"), links: ref("links") });
const one = (resource: string): JsonSchema => object({ [resource]: ref(resource) });
const nothing = { type: "object" };
const attachment = object({ mediaUrl: string, mediaType: string });

interface Success {
  readonly status: number;
  readonly schema: JsonSchema;
}

/** The successful answer of each REST operation that the vendor has, too; SDKs are answered in their wire's form. */
export const answers: Readonly<Record<string, Success>> = {
  createApp: { status: 201, schema: one("app") },
  listApps: { status: 200, schema: listOf("apps", "app") },
  getApp: { status: 200, schema: one("app") },
  updateApp: { status: 200, schema: one("app") },
  deleteApp: { status: 200, schema: nothing },
  createAppKey: { status: 201, schema: one("key") },
  listAppKeys: { status: 200, schema: object({ keys: list(ref("key")) }) },
  getAppKey: { status: 200, schema: one("key") },
  deleteAppKey: { status: 200, schema: nothing },
  createIntegration: { status: 201, schema: one("integration") },
  listIntegrations: { status: 200, schema: listOf("integrations", "integration") },
  getIntegration: { status: 200, schema: one("integration") },
  updateIntegration: { status: 200, schema: one("integration") },
  deleteIntegration: { status: 200, schema: nothing },
  createCustomIntegrationKey: { status: 201, schema: one("key") },
  listCustomIntegrationKeys: { status: 200, schema: object({ keys: list(ref("key")) }) },
  getCustomIntegrationKey: { status: 200, schema: one("key") },
  deleteCustomIntegrationKey: { status: 200, schema: nothing },
  createWebhook: { status: 201, schema: one("webhook") },
  listWebhooks: { status: 200, schema: object({ webhooks: list(ref("webhook")) }) },
  getWebhook: { status: 200, schema: one("webhook") },
  updateWebhook: { status: 200, schema: one("webhook") },
  deleteWebhook: { status: 200, schema: nothing },
  createUser: { status: 201, schema: one("user") },
  listUsers: { status: 200, schema: object({ users: list(ref("user")) }) },
  getUser: { status: 200, schema: one("user") },
  updateUser: { status: 200, schema: one("user") },
  deleteUser: { status: 200, schema: nothing },
  deleteUserPersonalInformation: { status: 200, schema: one("user") },
  createClient: { status: 201, schema: one("client") },
  listClients: { status: 200, schema: listOf("clients", "client") },
  removeClient: { status: 200, schema: nothing },
  listDevices: { status: 200, schema: object({ devices: list(ref("device")) }) },
  getDevice: { status: 200, schema: one("device") },
  uploadAttachment: { status: 201, schema: object({ attachment }) },
  deleteAttachment: { status: 200, schema: nothing },
  createConversation: { status: 201, schema: one("conversation") },
  listConversations: { status: 200, schema: listOf("conversations", "conversation") },
  getConversation: { status: 200, schema: one("conversation") },
  updateConversation: { status: 200, schema: one("conversation") },
  deleteConversation: { status: 200, schema: nothing },
  joinConversation: { status: 201, schema: one("participant") },
  leaveConversation: { status: 200, schema: nothing },
  listParticipants: { status: 200, schema: listOf("participants", "participant") },
  postMessage: { status: 201, schema: object({ messages: list(ref("message")) }) },
  listMessages: { status: 200, schema: listOf("messages", "message") },
  deleteMessage: { status: 200, schema: nothing },
  deleteAllMessages: { status: 200, schema: nothing },
  postActivity: { status: 200, schema: nothing },
};

/** The successful answer of each REST operation of our own. */
export const ownAnswers: Readonly<Record<string, Success>> = {
  rotateWebhookSecret: { status: 200, schema: one("webhook") },
  pingWebhook: {
    status: 200,
    schema: object({
      delivery: object({ status: { enum: ["delivered", "failed"] }, ...attempt }, ["status", "at", "milliseconds"]),
    }),
  },
  listWebhookDeliveries: { status: 200, schema: listOf("deliveries", "delivery") },
  createAttachmentUpload: {
    status: 201,
    schema: object({
      attachment,
      upload: object({
        url: string,
        fields: { ...open, description: "Sent as they are, before the file, which is the last part, `file`" },
        expiresAt: time,
        maxSize: integer,
      }),
    }),
  },
  replayWebhookDelivery: { status: 200, schema: one("delivery") },
};
