import type { ApiKey } from "../../model/apiKey.ts";
import type { App } from "../../model/app.ts";
import { type Client, type Device, shownIdentity } from "../../model/client.ts";
import type { Conversation, Participant } from "../../model/conversation.ts";
import { previousSecretOf, type Webhook } from "../../model/events/webhook.ts";
import type { DeliveryAttempt, DeliveryRecord } from "../../model/events/webhookDelivery.ts";
import type { Integration, IntegrationField } from "../../model/integration.ts";
import type { Message, QuotedMessage } from "../../model/message.ts";
import type { User } from "../../model/user.ts";

/** The public forms of the REST API. Source: the vendor's OpenAPI description. */

/** Shows an app in the REST API's form. */
export function publicApp(app: App): object {
  return {
    id: app.id,
    displayName: app.displayName,
    settings: app.settings,
    ...(Object.keys(app.metadata).length > 0 ? { metadata: app.metadata } : {}),
  };
}

/** Shows a key in the REST API's form, its secret included. */
export function publicKey(key: ApiKey): object {
  return { id: key.id, displayName: key.displayName, secret: key.secret };
}

/** Shows an integration in the REST API's form. Secrets are shown only by the answer that creates the integration. */
export function publicIntegration(
  integration: Integration,
  specification: Readonly<Record<string, IntegrationField>>,
  shown: {
    readonly secrets: boolean;
    readonly webhookUrl?: string | undefined;
    /** The webhooks of a custom integration, if it has any. */
    readonly webhooks?: readonly object[] | undefined;
  },
): object {
  const fields = Object.fromEntries(
    Object.entries(integration.fields).filter(([name]) => shown.secrets || specification[name]?.secret !== true),
  );
  return {
    id: integration.id,
    type: integration.type,
    status: integration.status,
    displayName: integration.displayName,
    ...fields,
    webhookUrl: shown.webhookUrl,
    ...(shown.webhooks === undefined || shown.webhooks.length === 0 ? {} : { webhooks: shown.webhooks }),
  };
}

/**
 * Shows a webhook in the REST API's form, its secret included; during a rotation, which is ours, also until when the
 * secret before it is used.
 */
export function publicWebhook(webhook: Webhook, now: Date): object {
  return {
    id: webhook.id,
    version: "v2",
    target: webhook.target,
    triggers: webhook.triggers,
    secret: webhook.secret,
    includeFullUser: webhook.includeFullUser,
    includeFullSource: webhook.includeFullSource,
    ...(previousSecretOf(webhook, now) === undefined ? {} : { previousSecretUntil: webhook.previousSecret?.until }),
  };
}

/** Shows a user in the REST API's form. `hasPaymentInfo` is a constant of the platform's answers. */
export function publicUser(user: User): object {
  return {
    id: user.id,
    authenticated: user.authenticated,
    ...(user.externalId === undefined ? {} : { externalId: user.externalId }),
    ...(user.brandId === undefined ? {} : { brandId: user.brandId }),
    signedUpAt: user.signedUpAt,
    ...(user.toBeRetained === undefined ? {} : { toBeRetained: user.toBeRetained }),
    hasPaymentInfo: false,
    identities: user.identities,
    profile: user.profile,
    metadata: user.metadata,
  };
}

/** Shows a client in the REST API's form. */
export function publicClient(client: Client): object {
  return {
    id: client.id,
    type: client.type,
    status: client.status,
    integrationId: client.integrationId,
    lastSeen: client.lastSeen,
    linkedAt: client.linkedAt,
    displayName: client.displayName,
    avatarUrl: client.avatarUrl,
    ...shownIdentity(client),
    raw: client.raw,
  };
}

/** Shows a device in the REST API's form: without its credentials. */
export function publicDevice(device: Device): object {
  return {
    id: device.id,
    type: device.type,
    guid: device.guid,
    clientId: device.clientId,
    status: device.status,
    integrationId: device.integrationId,
    lastSeen: device.lastSeen,
    pushNotificationToken: device.pushNotificationToken,
    info: device.info,
    appVersion: device.appVersion,
  };
}

/** Shows a conversation in the REST API's form. */
export function publicConversation(conversation: Conversation): object {
  return {
    id: conversation.id,
    type: conversation.type,
    ...(Object.keys(conversation.metadata).length === 0 ? {} : { metadata: conversation.metadata }),
    isDefault: conversation.isDefault,
    displayName: conversation.displayName,
    description: conversation.description,
    iconUrl: conversation.iconUrl,
    businessLastRead: conversation.businessLastRead,
    lastUpdatedAt: conversation.lastUpdatedAt,
    createdAt: conversation.createdAt,
  };
}

/** Shows a participant in the REST API's form. */
export function publicParticipant(participant: Participant): object {
  return {
    id: participant.id,
    userId: participant.userId,
    unreadCount: participant.unreadCount,
    clientAssociations: participant.clientAssociations,
    userExternalId: participant.userExternalId,
    lastRead: participant.lastRead,
  };
}

/** Shows a message in the REST API's form; `raw` is ours. */
export function publicMessage(message: Message): object {
  return {
    id: message.id,
    received: message.received,
    author: message.author,
    content: message.content,
    source: message.source,
    ...(message.metadata === undefined || Object.keys(message.metadata).length === 0
      ? {}
      : { metadata: message.metadata }),
    ...(message.quotedMessage === undefined ? {} : { quotedMessage: publicQuote(message.quotedMessage) }),
    raw: message.raw,
  };
}

const publicQuote = (quoted: QuotedMessage): object =>
  quoted.type === "message" ? { ...quoted, message: publicMessage(quoted.message) } : quoted;

/** Shows a delivery to a webhook; ours, as the vendor has none. */
export function publicDelivery({ id, status, event, delivery }: DeliveryRecord): object {
  return { id, status, event, queuedAt: delivery.queuedAt, attempts: delivery.attempts.map(publicAttempt) };
}

/** Shows an attempt at a delivery: the status and the beginning of the target's answer, or why there is none. */
export const publicAttempt = ({ at, milliseconds, status, error, answer }: DeliveryAttempt): object => ({
  at,
  milliseconds,
  ...(status === undefined ? {} : { responseStatus: status }),
  ...(error === undefined ? {} : { error }),
  ...(answer === undefined ? {} : { answer }),
});
