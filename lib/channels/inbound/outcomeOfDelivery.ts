import type { Runtime } from "../../db/runtime.ts";
import type { App } from "../../model/app.ts";
import { type ChannelRequest, type Credentials, isChannelType } from "../../model/channel.ts";
import type { Integration } from "../../model/integration.ts";
import { readIdentities } from "../../users/channelIdentity.ts";
import { findUserAt } from "../../users/findUser.ts";
import { loadChannel } from "../loadChannel.ts";
import { type ChannelDelivery, findStoredMessage } from "./channelDelivery.ts";
import { idsOfPerson, isMessage } from "./channelEvent.ts";

/** The functions that find the integration of a delivery, and its app. */
interface Finders {
  readonly findApp: (appId: string) => Promise<App | undefined>;
  readonly findIntegration: (integrationId: string) => Promise<Integration | undefined>;
}
type Reading = Pick<Runtime, "db" | "now">;

/** The outcome of a delivery, as far as it can be read afterwards. */
export interface DeliveryOutcome {
  /** The ids of the users that wrote the delivery, each once; empty if it made no user, or is not stored yet. */
  readonly userIds: readonly string[];
  /** Reasons why parts of it made no user, or why it was refused. */
  readonly reasons: readonly string[];
}

/** Describes the outcome of a delivery. For the local server: neither the channel's call nor our answer shows it. */
export async function outcomeOfDelivery(
  runtime: Reading & Finders,
  integrationId: string,
  request: ChannelRequest,
): Promise<DeliveryOutcome> {
  const found = await findChannel(runtime, integrationId);
  if (!found) return { userIds: [], reasons: [] };
  const { app, type, channel, credentials } = found;
  const { events, skipped } = channel.parse(request, credentials);
  const integration = { id: integrationId, type };
  const userIds = await Promise.all(
    events.map((event) => findUserOfEvent(runtime, { app, integration, event, receivedAt: runtime.now() })),
  );
  return { userIds: [...new Set(userIds.filter((id) => id !== undefined))], reasons: [...new Set(skipped)] };
}

/**
 * Finds the author of the stored message of an event; for an event without a message, the user that has one of its ids
 * now.
 */
async function findUserOfEvent(runtime: Reading, delivery: ChannelDelivery): Promise<string | undefined> {
  const { app, integration, event } = delivery;
  const ids = event.kind === "identityChanged" ? event.to : idsOfPerson(event.person);
  const identities = await readIdentities(runtime, app, integration, ids);
  const userId = isMessage(event)
    ? (await findStoredMessage(runtime, delivery, identities))?.author.userId
    : identities.find(({ owner }) => owner)?.owner?.userId;
  if (userId === undefined) return undefined;
  return (await findUserAt(runtime, app.id, userId))?.user.id;
}

/** Describes why a delivery was refused. */
export async function refusalOfDelivery(
  finding: Finders,
  integrationId: string,
  request: ChannelRequest,
): Promise<DeliveryOutcome> {
  const found = await findChannel(finding, integrationId);
  if (!found) return { userIds: [], reasons: [] };
  const verdict = found.channel.verify(request, found.credentials);
  return { userIds: [], reasons: verdict.ok ? [] : [verdict.reason] };
}

async function findChannel({ findApp, findIntegration }: Finders, integrationId: string) {
  const integration = await findIntegration(integrationId);
  const app = integration && (await findApp(integration.appId));
  if (!app || !isChannelType(integration.type)) return undefined;
  const channel = await loadChannel(integration.type);
  // The fields of an integration were validated when it was created.
  const credentials = integration.fields as Credentials;
  return { app, type: integration.type, channel, credentials };
}
