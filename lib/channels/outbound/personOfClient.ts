import { type Credentials, isChannelType } from "../../model/channel.ts";
import { type Client, shownIdentity } from "../../model/client.ts";
import type { SendTarget } from "../contract.ts";
import type { ChosenClient } from "./planSending.ts";
import type { TaskRuntime } from "./taskRuntime.ts";

/** Reads the person of a channel's client: also of one that waits for the person's message. */
export function personOfClient(client: Client): ChosenClient | undefined {
  const { type, integrationId, awaiting } = client;
  const externalId = shownIdentity(client).externalId ?? awaiting?.externalId;
  if (!isChannelType(type) || integrationId === undefined || externalId === undefined) return undefined;
  return { ...client, type, integrationId, externalId };
}

/** Names the account and the person to a channel's sender. */
export const targetOfPerson = (
  runtime: Pick<TaskRuntime, "channelWebhookUrl">,
  { externalId, aliases = [], info, raw, integrationId }: ChosenClient,
  credentials: Credentials,
): SendTarget => ({
  credentials,
  recipient: { externalId, aliases, info, raw },
  webhookUrl: runtime.channelWebhookUrl(integrationId),
});
