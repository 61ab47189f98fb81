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

/**
 * Finds the users that wrote a delivery, each once; none if it made no user, or is not stored yet. For the local page:
 * neither the channel's call nor our answer shows it.
 */
export async function usersOfDelivery(
  runtime: Reading & Finders,
  integrationId: string,
  request: ChannelRequest,
): Promise<readonly string[]> {
  const found = await findChannel(runtime, integrationId);
  if (!found) return [];
  const { app, type, channel, credentials } = found;
  const { events } = channel.parse(request, credentials);
  const integration = { id: integrationId, type };
  const userIds = await Promise.all(
    events.map((event) => findUserOfEvent(runtime, { app, integration, event, receivedAt: runtime.now() })),
  );
  return [...new Set(userIds.filter((id) => id !== undefined))];
}

/** Describes why parts of a delivery that was acknowledged made no user. For the local terminal. */
export async function skippedOfDelivery(
  finding: Finders,
  integrationId: string,
  request: ChannelRequest,
): Promise<readonly string[]> {
  const found = await findChannel(finding, integrationId);
  return found ? [...new Set(found.channel.parse(request, found.credentials).skipped)] : [];
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
): Promise<readonly string[]> {
  const found = await findChannel(finding, integrationId);
  const verdict = found?.channel.verify(request, found.credentials);
  return verdict && !verdict.ok ? [verdict.reason] : [];
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
