import { randomUUID } from "node:crypto";
import { MissingSecret, type SignedDelivery } from "../channels/contract.ts";
import type { ChannelRequest, ChannelType } from "../model/channel.ts";
import { now } from "../model/sources/clock.ts";
import type { AccountKey } from "./accountKey.ts";
import { channelSample, channelSamples } from "./channelSamples.ts";
import { acrossReset } from "./control/acrossReset.ts";
import { deliveryOf } from "./deliveryIn.ts";
import type { WireRequest } from "./gateway.ts";
import { BadInput, type Fields, optionalText, textOf } from "./localAction.ts";
import type { OutboxIntegration } from "./outbox/outboxEntry.ts";
import { channelOf } from "./outbox/scriptedAnswer.ts";
import { ownCaller } from "./ownCaller.ts";

/** What the delivery of a person's message needs of the server. */
export interface DeliverySettings {
  readonly accountKey: AccountKey;
  /** Lists every integration of this type, its secrets included. */
  readonly integrationsOf: (type: ChannelType) => Promise<readonly OutboxIntegration[]>;
  /** Makes a webhook call, and answers its status. */
  readonly deliver: (delivery: SignedDelivery) => Promise<number>;
  /** Finds the ids of the users of a stored delivery to this integration. */
  readonly findPeople: (integrationId: string, delivery: ChannelRequest) => Promise<readonly string[]>;
  /** Finds why a delivery was refused, or made nothing. */
  readonly findReasons: (status: number, integrationId: string, delivery: ChannelRequest) => Promise<readonly string[]>;
}

/**
 * Delivers a person's text, signed as the channel signs, to the integration that is named or the only one of its type.
 * It makes one, and an app if there is none, only if told to.
 *
 * @throws BadInput that says what is to be named
 */
export async function deliverText(settings: DeliverySettings, request: WireRequest, fields: Fields): Promise<object> {
  const channel = channelOf(fields);
  if (channel === undefined) throw new BadInput("The field channel is missing.");
  const [id, text] = [textOf(fields, "from"), textOf(fields, "text")];
  const person = { id, name: optionalText(fields, "name") ?? id, text, messageId: randomUUID() };
  const integration = await chosen(settings, request.port, channel, fields);
  const publicUrl = integration.webhookUrl;
  const signed = signedSample(channel, { credentials: integration.credentials, publicUrl, now: now(), person });
  // If `PUBLIC_URL` has a path, a proxy removes it before this server.
  const delivery = { ...signed, path: `/webhooks/${integration.id}${new URL(publicUrl).search}` };
  const status = await settings.deliver(delivery);
  const { delivery: received } = deliveryOf(request, delivery);
  const userId = status < 300 ? (await acrossReset(() => settings.findPeople(integration.id, received)))[0] : undefined;
  const reasons = await acrossReset(() => settings.findReasons(status, integration.id, received));
  return { status, channel, userId, integrationId: integration.id, appId: integration.appId, reasons };
}

/** Signs a person's message as its channel does. @throws BadInput that names the secret which the integration lacks */
function signedSample(...sample: Parameters<typeof channelSample>): SignedDelivery {
  try {
    return channelSample(...sample);
  } catch (error) {
    throw error instanceof MissingSecret ? new BadInput(error.message) : error;
  }
}

/** Chooses the integration that the fields name, or the only one. @throws BadInput if there is none, or several */
async function chosen(
  settings: DeliverySettings,
  port: number,
  channel: ChannelType,
  fields: Fields,
): Promise<OutboxIntegration> {
  const [appId, integrationId] = [optionalText(fields, "appId"), optionalText(fields, "integrationId")];
  const all = await acrossReset(() => settings.integrationsOf(channel));
  const found = all.filter(
    (one) => (appId === undefined || one.appId === appId) && (integrationId === undefined || one.id === integrationId),
  );
  const [only, another] = found;
  if (another) throw new BadInput(`There are several integrations of ${channel}; say which:\n${listed(found)}`);
  if (only) return only;
  if (integrationId !== undefined)
    throw new BadInput(`There is no integration ${integrationId} of ${channel}${appId ? ` in the app ${appId}` : ""}.`);
  if (fields.create !== true)
    throw new BadInput(
      `There is no integration of ${channel}${appId ? ` in the app ${appId}` : ""}; make one with sunroom integration create ${channel}, or let it be made with made-up credentials (--create).`,
    );
  return make(settings.accountKey, port, channel, appId);
}

const listed = (integrations: readonly OutboxIntegration[]) =>
  integrations
    .slice(0, 10)
    .map(({ id, appId }) => `  ${id}  of the app ${appId}\n`)
    .join("");

/** Makes an integration with made-up credentials, in the app that is named, the only one, or a new one. */
async function make(
  accountKey: AccountKey,
  port: number,
  channel: ChannelType,
  named: string | undefined,
): Promise<OutboxIntegration> {
  const api = ownCaller(port, accountKey);
  if (named !== undefined && !(await api.find(`/v2/apps/${encodeURIComponent(named)}`)))
    throw new BadInput(`There is no app ${named}.`);
  const appId = named ?? (await onlyApp(api)) ?? String((await api.make("/v2/apps", { displayName: "My app" })).id);
  const path = `/v2/apps/${encodeURIComponent(appId)}/integrations`;
  const { id, webhookUrl, ...fields } = await api.make(path, {
    type: channel,
    ...channelSamples[channel].demoFields(),
  });
  const credentials = Object.entries(fields).filter(
    (entry): entry is [string, string | boolean] => typeof entry[1] === "string" || typeof entry[1] === "boolean",
  );
  return {
    id: String(id),
    appId,
    webhookUrl: String(webhookUrl),
    credentials: Object.fromEntries(credentials),
  };
}

/** Finds the account's only app, if it has one at all. @throws BadInput if it has several */
async function onlyApp(api: ReturnType<typeof ownCaller>): Promise<string | undefined> {
  const apps = await api.list("/v2/apps?page[size]=10");
  const [only, another] = apps;
  if (another) throw new BadInput("There are several apps; say which.");
  return only && String(only.id);
}
