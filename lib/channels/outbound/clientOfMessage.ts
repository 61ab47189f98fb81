import type { Client } from "../../model/client.ts";
import type { ClientAssociation, Participant } from "../../model/conversation.ts";
import type { Message, Sending } from "../../model/message.ts";

/** Tells whether a message goes to the channels of people: those that people wrote stand on theirs already. */
export const isForChannels = ({ author, sending }: Pick<Message, "author" | "sending">): boolean =>
  author.type === "business" && sending?.destination?.integrationType !== "none";

/**
 * Picks the client of a participant that a message goes to: the destination's, or else the primary one.
 * @param clients the user's, by which a destination's integration is found
 */
export function clientOfMessage(
  { clientAssociations }: Pick<Participant, "clientAssociations">,
  destination: Sending["destination"],
  clients: readonly Client[],
): ClientAssociation | undefined {
  const { integrationId, integrationType } = destination ?? {};
  if (integrationId !== undefined) {
    const ids = clients.filter((client) => client.integrationId === integrationId).map(({ id }) => id);
    return clientAssociations.find(({ clientId }) => ids.includes(clientId));
  }
  if (integrationType !== undefined) return clientAssociations.find(({ type }) => type === integrationType);
  return clientAssociations[0];
}
