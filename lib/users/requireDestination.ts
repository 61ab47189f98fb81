import type { Runtime } from "../db/runtime.ts";
import { apiError } from "../model/apiError.ts";
import type { Conversation } from "../model/conversation.ts";
import { isSdkType } from "../model/integration.ts";
import type { Sending } from "../model/message.ts";
import { findUserById } from "./findUser.ts";

/**
 * Requires that a message can be delivered where its business wants it: that the user of its conversation, a personal
 * one, has a client there. Source: the vendor's OpenAPI description, "destination".
 */
export async function requireDestination(
  runtime: Pick<Runtime, "db">,
  conversation: Conversation,
  destination: NonNullable<Sending["destination"]>,
): Promise<void> {
  if (conversation.type !== "personal")
    throw apiError.badRequest("destination should NOT be given for a message to a group");
  const { integrationId, integrationType: type = "" } = destination;
  if (type === "none") return;
  const [participant] = conversation.participants;
  const associated = participant?.clientAssociations ?? [];
  if (integrationId === undefined) {
    if (associated.some((one) => one.type === (isSdkType(type) ? "sdk" : type))) return;
    throw apiError.clientNotFound();
  }
  const stored = participant && (await findUserById(runtime, conversation.appId, participant.userId));
  const isHere = (clientId: string) => associated.some((one) => one.clientId === clientId);
  const { clients = [], devices = [] } = stored?.user ?? {};
  const has =
    clients.some((client) => client.integrationId === integrationId && isHere(client.id)) ||
    devices.some((device) => device.integrationId === integrationId && isHere(device.clientId));
  if (!has) throw apiError.clientNotFound();
}
