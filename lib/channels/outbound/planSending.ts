import type { SentDestination } from "../../db/items/sentItem.ts";
import { type ChannelType, type Credentials, isChannelType } from "../../model/channel.ts";
import type { DeliveryFailure } from "../../model/channelCall.ts";
import { type Client, shownIdentity } from "../../model/client.ts";
import { participantOf } from "../../model/conversation.ts";
import type { Integration } from "../../model/integration.ts";
import { clientOfMessage } from "./clientOfMessage.ts";
import type { SendingNow } from "./readSending.ts";

/** The client of a channel to which a message goes. */
export type ChosenClient = Client & {
  readonly type: ChannelType;
  readonly integrationId: string;
  readonly externalId: string;
};

/** Which client gets a message, by what is true now; or why none does. */
export type Choice =
  | { readonly kind: "client"; readonly client: ChosenClient; readonly destination: SentDestination }
  /** Nobody waits for it there. */
  | { readonly kind: "skipped"; readonly reason: string }
  | {
      readonly kind: "failed";
      readonly destination: SentDestination | undefined;
      readonly failure: DeliveryFailure;
    };

/**
 * Chooses the client that gets a message: the one that it was for, if the user still has it; else, where users were
 * merged or the client was removed, the one that a message posted now would go to. Nothing is sent to a client that
 * waits for its person's confirmation.
 */
export function chooseClient({ conversation, message, user }: SendingNow, clientId: string): Choice {
  const participant = participantOf(conversation, user.id);
  if (participant === undefined) return { kind: "skipped", reason: "user left" };
  const { destination: wanted } = message.sending ?? {};
  const idOf = (id: string | undefined) => user.clients.find((client) => client.id === id);
  const known = {
    clientAssociations: participant.clientAssociations.filter(({ clientId }) => idOf(clientId) !== undefined),
  };
  const client = idOf(clientId) ?? idOf(clientOfMessage(known, wanted, user.clients)?.clientId);
  if (client === undefined)
    return wanted === undefined ? { kind: "skipped", reason: "no client" } : failed(undefined, clientGone);
  const { type, integrationId } = client;
  if (type === "sdk" || integrationId === undefined) return { kind: "skipped", reason: "no channel" };
  if (client.status === "pending") return { kind: "skipped", reason: "client pending" };
  const destination = { type, integrationId, userId: user.id, clientId: client.id };
  // An id that a channel only claims is stored apart from one that was proved; the channel knows both alike.
  const { externalId } = shownIdentity(client);
  if (externalId === undefined) return failed(destination, clientGone);
  if (client.status === "blocked") return failed(destination, blocked);
  return { kind: "client", client: { ...client, type, integrationId, externalId }, destination };
}

/** An integration by which something can be sent. */
export type FitIntegration = Integration & { readonly fields: Credentials };

/** Answers an integration by which something can be sent; or why not: it is gone, not active, or lacks a field. */
export function fitIntegration(
  integration: Integration | undefined,
  appId: string,
  needs: readonly string[],
): FitIntegration | DeliveryFailure {
  if (integration?.appId !== appId || !isChannelType(integration.type)) return integrationGone;
  if (integration.status !== "active") return integrationInactive;
  const missing = needs.find((name) => !integration.fields[name]);
  // The fields of an integration were validated when it was created.
  if (missing === undefined) return integration as FitIntegration;
  return { reason: "missingField", message: `The integration has no ${missing}, which sending needs.` };
}

const failed = (destination: SentDestination | undefined, failure: DeliveryFailure): Choice => ({
  kind: "failed",
  destination,
  failure,
});

const clientGone: DeliveryFailure = { reason: "unreachable", message: "The user has no client there any more." };
/** Why nothing is sent to a person that blocked the business. */
export const blocked: DeliveryFailure = {
  reason: "notPermitted",
  message: "The person has blocked the business there.",
};
const integrationGone: DeliveryFailure = { reason: "unreachable", message: "The integration was deleted." };
const integrationInactive: DeliveryFailure = { reason: "notPermitted", message: "The integration is not active." };
