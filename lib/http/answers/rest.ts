import type { ApiKey } from "../../model/apiKey.ts";
import type { App } from "../../model/app.ts";
import { type Client, type Device, shownIdentity } from "../../model/client.ts";
import type { Conversation, Participant } from "../../model/conversation.ts";
import type { Integration, IntegrationField } from "../../model/integration.ts";
import type { Message } from "../../model/message.ts";
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
  shown: { readonly secrets: boolean; readonly webhookUrl?: string | undefined },
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
    raw: message.raw,
  };
}
