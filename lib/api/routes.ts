/**
 * The API as data. The stack builds a route and a Lambda from each row, the local server serves exactly these rows,
 * and tests hold docs/api.md and the OpenAPI description against them. A row's name is the operation's name everywhere:
 * `functions/<name>.ts`, the construct, the log field.
 */

/**
 * The permitted callers: the kind of API key (REST), a user's SDK session or user token, or any caller (checked another
 * way).
 */
export type Scope = "account" | "app" | "integration" | "user" | "anyone";

/** The DynamoDB actions a Lambda is granted; a transaction needs the action of each of its parts. */
export type TableAction =
  | "GetItem"
  | "BatchGetItem"
  | "PutItem"
  | "UpdateItem"
  | "DeleteItem"
  | "BatchWriteItem"
  | "Query"
  | "Scan";

export interface Route {
  /** API Gateway route keys, e.g. `GET /v2/apps/{appId}`; `{name+}` takes the rest of the path, slashes included. */
  readonly routeKeys: readonly string[];
  readonly scopes: readonly Scope[];
  readonly table: readonly TableAction[];
  /** Sends to the queue of deliveries that could not be stored. */
  readonly queue?: "send";
  /** Sends to the queue of events on their way to webhooks. */
  readonly eventQueue?: "send";
  /** Sends to the queue of tasks at channels' providers. */
  readonly channelQueue?: "send";
  /** What it may do with the files of attachments. */
  readonly files?: "read" | "write";
  /** Whether its body is a form with a file: then the local server takes as much as a file may have. */
  readonly takesFile?: true;
  /** One line for docs/api.md and the OpenAPI description. */
  readonly summary: string;
}

const account = ["account"] as const;
const accountOrApp = ["account", "app"] as const;
const anyKey = ["account", "app", "integration"] as const;

/** Actions of any SDK call, which may have to finish an interrupted merge: moving conversations and their messages. */
const sdkTable = ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"] as const;

/** Actions that delete many items at once, or finish such a deletion before another user gets the address. */
const purgeTable = [...sdkTable, "BatchWriteItem"] as const;

/** Actions that record an attachment before its file is there, or take it back. */
const uploadTable = ["BatchGetItem", "GetItem", "PutItem", "DeleteItem"] as const;

export const routes = {
  createApp: {
    routeKeys: ["POST /v2/apps"],
    scopes: account,
    table: ["GetItem", "PutItem"],
    summary: "Create an app",
  },
  listApps: {
    routeKeys: ["GET /v2/apps"],
    scopes: account,
    table: ["GetItem", "Query"],
    summary: "List the account's apps",
  },
  getApp: {
    routeKeys: ["GET /v2/apps/{appId}"],
    scopes: accountOrApp,
    table: ["BatchGetItem", "GetItem"],
    summary: "Get an app",
  },
  updateApp: {
    routeKeys: ["PATCH /v2/apps/{appId}"],
    scopes: accountOrApp,
    table: ["BatchGetItem", "GetItem", "UpdateItem"],
    summary: "Update an app's name, settings or metadata",
  },
  deleteApp: {
    routeKeys: ["DELETE /v2/apps/{appId}"],
    scopes: account,
    table: ["BatchGetItem", "GetItem", "PutItem", "DeleteItem", "BatchWriteItem", "Query"],
    summary: "Delete an app with its users, keys and integrations",
  },
  createAppKey: {
    routeKeys: ["POST /v2/apps/{appId}/keys"],
    scopes: account,
    table: ["BatchGetItem", "GetItem", "PutItem", "UpdateItem"],
    summary: "Create an API key of an app",
  },
  listAppKeys: {
    routeKeys: ["GET /v2/apps/{appId}/keys"],
    scopes: account,
    table: ["BatchGetItem", "GetItem"],
    summary: "List an app's API keys",
  },
  getAppKey: {
    routeKeys: ["GET /v2/apps/{appId}/keys/{keyId}"],
    scopes: account,
    table: ["BatchGetItem", "GetItem"],
    summary: "Get an API key of an app",
  },
  deleteAppKey: {
    routeKeys: ["DELETE /v2/apps/{appId}/keys/{keyId}"],
    scopes: account,
    table: ["BatchGetItem", "GetItem", "DeleteItem", "UpdateItem"],
    summary: "Delete an API key of an app",
  },
  createIntegration: {
    routeKeys: ["POST /v2/apps/{appId}/integrations"],
    scopes: accountOrApp,
    table: ["BatchGetItem", "GetItem", "PutItem", "UpdateItem", "DeleteItem"],
    summary: "Connect a front end or channel",
  },
  listIntegrations: {
    routeKeys: ["GET /v2/apps/{appId}/integrations"],
    scopes: accountOrApp,
    table: ["BatchGetItem", "GetItem", "Query"],
    summary: "List an app's integrations",
  },
  getIntegration: {
    routeKeys: ["GET /v2/apps/{appId}/integrations/{integrationId}"],
    scopes: accountOrApp,
    table: ["BatchGetItem", "GetItem"],
    summary: "Get an integration",
  },
  updateIntegration: {
    routeKeys: ["PATCH /v2/apps/{appId}/integrations/{integrationId}"],
    scopes: accountOrApp,
    table: ["BatchGetItem", "GetItem", "PutItem", "UpdateItem"],
    summary: "Update an integration's name, fields or webhooks",
  },
  deleteIntegration: {
    routeKeys: ["DELETE /v2/apps/{appId}/integrations/{integrationId}"],
    scopes: accountOrApp,
    table: ["BatchGetItem", "GetItem", "PutItem", "DeleteItem"],
    summary: "Disconnect a front end or channel",
  },
  createCustomIntegrationKey: {
    routeKeys: ["POST /v2/apps/{appId}/integrations/{integrationId}/keys"],
    scopes: accountOrApp,
    table: ["BatchGetItem", "GetItem", "PutItem", "UpdateItem"],
    summary: "Create an API key of a custom integration",
  },
  listCustomIntegrationKeys: {
    routeKeys: ["GET /v2/apps/{appId}/integrations/{integrationId}/keys"],
    scopes: accountOrApp,
    table: ["BatchGetItem", "GetItem"],
    summary: "List a custom integration's API keys",
  },
  getCustomIntegrationKey: {
    routeKeys: ["GET /v2/apps/{appId}/integrations/{integrationId}/keys/{keyId}"],
    scopes: accountOrApp,
    table: ["BatchGetItem", "GetItem"],
    summary: "Get an API key of a custom integration",
  },
  deleteCustomIntegrationKey: {
    routeKeys: ["DELETE /v2/apps/{appId}/integrations/{integrationId}/keys/{keyId}"],
    scopes: accountOrApp,
    table: ["BatchGetItem", "GetItem", "DeleteItem", "UpdateItem"],
    summary: "Delete an API key of a custom integration",
  },
  createWebhook: {
    routeKeys: ["POST /v2/apps/{appId}/integrations/{integrationId}/webhooks"],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem", "PutItem", "UpdateItem"],
    summary: "Create a webhook of a custom integration",
  },
  listWebhooks: {
    routeKeys: ["GET /v2/apps/{appId}/integrations/{integrationId}/webhooks"],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem"],
    summary: "List a custom integration's webhooks",
  },
  getWebhook: {
    routeKeys: ["GET /v2/apps/{appId}/integrations/{integrationId}/webhooks/{webhookId}"],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem"],
    summary: "Get a webhook of a custom integration",
  },
  updateWebhook: {
    routeKeys: ["PATCH /v2/apps/{appId}/integrations/{integrationId}/webhooks/{webhookId}"],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem", "PutItem"],
    summary: "Change a webhook's target, triggers or secret",
  },
  deleteWebhook: {
    routeKeys: ["DELETE /v2/apps/{appId}/integrations/{integrationId}/webhooks/{webhookId}"],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem", "PutItem"],
    summary: "Delete a webhook of a custom integration",
  },
  rotateWebhookSecret: {
    routeKeys: ["POST /v2/apps/{appId}/integrations/{integrationId}/webhooks/{webhookId}/rotate"],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem", "PutItem"],
    summary: "Give a webhook a new secret, beside which the old one stays valid for a day",
  },
  pingWebhook: {
    routeKeys: ["POST /v2/apps/{appId}/integrations/{integrationId}/webhooks/{webhookId}/ping"],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem"],
    summary: "Send a webhook's target an event that says nothing, and tell how it answered",
  },
  listWebhookDeliveries: {
    routeKeys: ["GET /v2/apps/{appId}/integrations/{integrationId}/webhooks/{webhookId}/deliveries"],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem", "Query"],
    summary: "List what was delivered to a webhook, newest first",
  },
  replayWebhookDelivery: {
    routeKeys: [
      "POST /v2/apps/{appId}/integrations/{integrationId}/webhooks/{webhookId}/deliveries/{deliveryId}/replay",
    ],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem", "UpdateItem"],
    eventQueue: "send",
    summary: "Deliver an event to a webhook again",
  },
  createUser: {
    routeKeys: ["POST /v2/apps/{appId}/users"],
    scopes: anyKey,
    table: purgeTable,
    summary: "Create a user (way 1)",
  },
  getUser: {
    routeKeys: [
      "GET /v2/apps/{appId}/users/{userIdOrExternalId}",
      // The gateway decodes %2F before it matches, so an externalId with slashes arrives as several segments.
      "GET /v2/apps/{appId}/users/{userIdOrExternalId+}",
    ],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem"],
    summary: "Get a user by id or externalId",
  },
  listUsers: {
    routeKeys: ["GET /v2/apps/{appId}/users"],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem"],
    summary: "Find the user of a verified email",
  },
  updateUser: {
    routeKeys: [
      "PATCH /v2/apps/{appId}/users/{userIdOrExternalId}",
      "PATCH /v2/apps/{appId}/users/{userIdOrExternalId+}",
    ],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem", "PutItem"],
    summary: "Change a user's profile, metadata or dates",
  },
  deleteUser: {
    routeKeys: [
      "DELETE /v2/apps/{appId}/users/{userIdOrExternalId}",
      "DELETE /v2/apps/{appId}/users/{userIdOrExternalId+}",
    ],
    scopes: anyKey,
    table: purgeTable,
    summary: "Delete a user with clients, conversations and messages",
  },
  deleteUserPersonalInformation: {
    routeKeys: ["DELETE /v2/apps/{appId}/users/{userIdOrExternalId}/personalinformation"],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"],
    summary: "Clear a user's personal information",
  },
  listClients: {
    routeKeys: ["GET /v2/apps/{appId}/users/{userIdOrExternalId}/clients"],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem"],
    summary: "List a user's clients",
  },
  createClient: {
    routeKeys: [
      "POST /v2/apps/{appId}/users/{userIdOrExternalId}/clients",
      "POST /v2/apps/{appId}/users/{userIdOrExternalId+}",
    ],
    scopes: anyKey,
    table: purgeTable,
    summary: "Link a user to a person on a channel",
  },
  removeClient: {
    routeKeys: ["DELETE /v2/apps/{appId}/users/{userIdOrExternalId}/clients/{clientId}"],
    scopes: anyKey,
    table: sdkTable,
    summary: "Remove a user's client of a channel",
  },
  listDevices: {
    routeKeys: ["GET /v2/apps/{appId}/users/{userIdOrExternalId}/devices"],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem"],
    summary: "List a user's devices",
  },
  getDevice: {
    routeKeys: ["GET /v2/apps/{appId}/users/{userIdOrExternalId}/devices/{deviceId}"],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem"],
    summary: "Get a user's device",
  },
  uploadAttachment: {
    routeKeys: ["POST /v2/apps/{appId}/attachments"],
    scopes: anyKey,
    table: uploadTable,
    files: "write",
    takesFile: true,
    summary: "Upload a file, which messages then show by its URL",
  },
  createAttachmentUpload: {
    routeKeys: ["POST /v2/apps/{appId}/attachments/uploads"],
    scopes: anyKey,
    table: uploadTable,
    files: "write",
    summary: "Get a form by which a larger file is uploaded straight to where it is stored",
  },
  deleteAttachment: {
    routeKeys: ["POST /v2/apps/{appId}/attachments/remove"],
    scopes: anyKey,
    table: ["BatchGetItem", "GetItem", "DeleteItem"],
    summary: "Delete an uploaded file",
  },
  getAttachment: {
    routeKeys: [
      "GET /attachments/{appId}/{attachmentId}/{name}",
      "HEAD /attachments/{appId}/{attachmentId}/{name}",
      // The form of `createAttachmentUpload` leads here where there is no bucket that takes it.
      "POST /attachments/{appId}/{attachmentId}",
    ],
    scopes: ["anyone"],
    table: sdkTable,
    files: "read",
    takesFile: true,
    summary: "Get an uploaded file: a link to it, or the file itself",
  },
  createConversation: {
    routeKeys: ["POST /v2/apps/{appId}/conversations"],
    scopes: anyKey,
    table: sdkTable,
    summary: "Start a conversation with users",
  },
  listConversations: {
    routeKeys: ["GET /v2/apps/{appId}/conversations"],
    scopes: anyKey,
    table: sdkTable,
    summary: "List a user's conversations",
  },
  getConversation: {
    routeKeys: ["GET /v2/apps/{appId}/conversations/{conversationId}"],
    scopes: anyKey,
    table: sdkTable,
    summary: "Get a conversation",
  },
  updateConversation: {
    routeKeys: ["PATCH /v2/apps/{appId}/conversations/{conversationId}"],
    scopes: anyKey,
    table: sdkTable,
    summary: "Change a conversation's name, icon or metadata",
  },
  deleteConversation: {
    routeKeys: ["DELETE /v2/apps/{appId}/conversations/{conversationId}"],
    scopes: anyKey,
    table: purgeTable,
    summary: "Delete a conversation with its messages",
  },
  joinConversation: {
    routeKeys: ["POST /v2/apps/{appId}/conversations/{conversationId}/join"],
    scopes: anyKey,
    table: sdkTable,
    summary: "Add a user to a group",
  },
  leaveConversation: {
    routeKeys: ["POST /v2/apps/{appId}/conversations/{conversationId}/leave"],
    scopes: anyKey,
    table: sdkTable,
    summary: "Remove a user from a group",
  },
  listParticipants: {
    routeKeys: ["GET /v2/apps/{appId}/conversations/{conversationId}/participants"],
    scopes: anyKey,
    table: sdkTable,
    summary: "List the users in a conversation",
  },
  postMessage: {
    routeKeys: ["POST /v2/apps/{appId}/conversations/{conversationId}/messages"],
    scopes: anyKey,
    table: sdkTable,
    summary: "Post a message to a conversation",
  },
  listMessages: {
    routeKeys: ["GET /v2/apps/{appId}/conversations/{conversationId}/messages"],
    scopes: anyKey,
    table: sdkTable,
    summary: "List a conversation's messages",
  },
  deleteMessage: {
    routeKeys: ["DELETE /v2/apps/{appId}/conversations/{conversationId}/messages/{messageId}"],
    scopes: anyKey,
    table: sdkTable,
    summary: "Delete a message",
  },
  deleteAllMessages: {
    routeKeys: ["DELETE /v2/apps/{appId}/conversations/{conversationId}/messages"],
    scopes: anyKey,
    table: purgeTable,
    summary: "Delete a conversation's messages",
  },
  postActivity: {
    routeKeys: ["POST /v2/apps/{appId}/conversations/{conversationId}/activity"],
    scopes: anyKey,
    table: sdkTable,
    channelQueue: "send",
    summary: "Tell that the business or a user read, or that the business types",
  },
  sdkGetConfig: {
    routeKeys: [
      "GET /sdk/v2/integrations/{integrationId}/config",
      // For an SDK whose `configBaseUrl` already ends with `/sdk`, or never had it.
      "GET /v2/integrations/{integrationId}/config",
    ],
    scopes: ["anyone"],
    table: ["GetItem"],
    summary: "Get the configuration of a Messaging SDK",
  },
  sdkCreateConversation: {
    routeKeys: [
      "POST /sdk/v2/apps/{appId}/appusers",
      "POST /sdk/v2/apps/{appId}/appusers/{appUserId}/conversations",
      "POST /sdk/v2/apps/{appId}/appusers/{appUserId}/conversation",
    ],
    scopes: ["anyone", "user"],
    table: purgeTable,
    summary: "Start a conversation, and create its user if there is none (way 3)",
  },
  sdkLogin: {
    routeKeys: ["POST /sdk/v2/apps/{appId}/login"],
    scopes: ["user"],
    table: purgeTable,
    summary: "Sign in with a token, and create the user if there is none (way 4)",
  },
  sdkLogout: {
    routeKeys: ["POST /sdk/v2/apps/{appId}/appusers/{appUserId}/logout"],
    scopes: ["user"],
    table: sdkTable,
    summary: "Sign a device out",
  },
  sdkGetUser: {
    routeKeys: ["GET /sdk/v2/apps/{appId}/appusers/{appUserId}"],
    scopes: ["user"],
    table: sdkTable,
    summary: "Resume a session",
  },
  sdkUpdateUser: {
    routeKeys: ["PUT /sdk/v2/apps/{appId}/appusers/{appUserId}"],
    scopes: ["user"],
    table: sdkTable,
    summary: "Change the person's own profile",
  },
  sdkListConversations: {
    routeKeys: ["GET /sdk/v2/apps/{appId}/appusers/{appUserId}/conversations"],
    scopes: ["user"],
    table: sdkTable,
    summary: "List the person's conversations",
  },
  sdkGetConversation: {
    routeKeys: ["GET /sdk/v2/apps/{appId}/conversations/{conversationId}"],
    scopes: ["user"],
    table: sdkTable,
    summary: "Get a conversation of the person",
  },
  sdkUpdateConversation: {
    routeKeys: ["PUT /sdk/v2/apps/{appId}/conversations/{conversationId}"],
    scopes: ["user"],
    table: sdkTable,
    summary: "Change a conversation's name, icon or metadata",
  },
  sdkSubscribe: {
    routeKeys: ["POST /sdk/v2/apps/{appId}/conversations/{conversationId}/subscribe"],
    scopes: ["user"],
    table: sdkTable,
    summary: "Load a conversation",
  },
  sdkListMessages: {
    routeKeys: ["GET /sdk/v2/apps/{appId}/conversations/{conversationId}/messages"],
    scopes: ["user"],
    table: sdkTable,
    summary: "List a conversation's messages",
  },
  sdkSendMessage: {
    routeKeys: ["POST /sdk/v2/apps/{appId}/conversations/{conversationId}/messages"],
    scopes: ["user"],
    table: sdkTable,
    summary: "Send a message",
  },
  sdkUploadFile: {
    routeKeys: [
      "POST /sdk/v2/apps/{appId}/conversations/{conversationId}/files",
      "POST /sdk/v2/apps/{appId}/conversations/{conversationId}/images",
      // Of older SDKs, which know one conversation.
      "POST /sdk/v2/apps/{appId}/appusers/{appUserId}/files",
      "POST /sdk/v2/apps/{appId}/appusers/{appUserId}/images",
      // The vendor's web client leaves the version out where it sends forms.
      "POST /sdk/apps/{appId}/conversations/{conversationId}/files",
      "POST /sdk/apps/{appId}/conversations/{conversationId}/images",
      "POST /sdk/apps/{appId}/appusers/{appUserId}/files",
      "POST /sdk/apps/{appId}/appusers/{appUserId}/images",
    ],
    scopes: ["user"],
    table: sdkTable,
    files: "write",
    takesFile: true,
    summary: "Send a file as a message",
  },
  sdkValidateMessage: {
    routeKeys: [
      "POST /sdk/v2/apps/{appId}/appusers/{appUserId}/messages/validate",
      "POST /sdk/apps/{appId}/appusers/{appUserId}/messages/validate",
    ],
    scopes: ["user"],
    table: ["GetItem"],
    summary: "Check answers to a form before they are sent",
  },
  sdkTriggerPostback: {
    routeKeys: ["POST /sdk/v2/apps/{appId}/conversations/{conversationId}/postback"],
    scopes: ["user"],
    table: sdkTable,
    summary: "Press a postback button",
  },
  sdkPostActivity: {
    routeKeys: ["POST /sdk/v2/apps/{appId}/conversations/{conversationId}/activity"],
    scopes: ["user"],
    table: sdkTable,
    eventQueue: "send",
    summary: "Tell that the person reads or types",
  },
  getOpenApi: {
    routeKeys: ["GET /openapi.json"],
    scopes: ["anyone"],
    table: [],
    summary: "Get this API's OpenAPI 3.1 description",
  },
  channelWebhook: {
    routeKeys: ["GET /webhooks/{integrationId}", "POST /webhooks/{integrationId}"],
    scopes: ["anyone"],
    table: purgeTable,
    queue: "send",
    summary: "Receive what people write on a channel (way 2)",
  },
  unknownRoute: {
    routeKeys: [
      "$default",
      // An unserved operation of the vendor that a greedy route would take for another one.
      "POST /v2/apps/{appId}/users/{zendeskId}/sync",
    ],
    scopes: ["anyone"],
    table: [],
    summary: "Answer anything else in the documented error form: 501 for what the vendor offers besides",
  },
} as const satisfies Record<string, Route>;

export type OperationName = keyof typeof routes;

/** A Lambda without a route: its source, and its actions on the table. */
export interface Worker {
  readonly source:
    | "deliveryQueue"
    | "schedule"
    | "tableStream"
    | "attachmentStream"
    | "eventQueues"
    | "channelQueue"
    | "canary";
  readonly table: readonly TableAction[];
  readonly summary: string;
}

export const workers = {
  replayDelivery: {
    source: "deliveryQueue",
    table: purgeTable,
    summary: "Store what could not be stored when it came",
  },
  eraseDeletedApps: {
    source: "schedule",
    table: ["Query", "Scan", "UpdateItem", "BatchWriteItem"],
    summary: "Delete what is left of deleted apps",
  },
  publishEvents: {
    source: "tableStream",
    table: purgeTable,
    summary: "Queue what the table's changes mean to webhooks",
  },
  eraseAttachments: {
    source: "attachmentStream",
    table: [],
    summary: "Delete the files of attachments that left the table",
  },
  deliverEvents: {
    source: "eventQueues",
    table: ["BatchGetItem", "GetItem", "PutItem", "UpdateItem", "DeleteItem"],
    summary: "Deliver queued events to webhooks, and try again later what fails",
  },
  callChannels: {
    source: "channelQueue",
    table: sdkTable,
    summary: "Send what a business says to people on channels, and try again later what fails",
  },
  probeUsers: {
    source: "canary",
    table: [],
    summary: "Create, read and delete a user through the public URL, as a customer's server does",
  },
} as const satisfies Record<string, Worker>;
