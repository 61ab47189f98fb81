import type { SignedDelivery } from "../../channels/contract.ts";
import { type ChannelType, channelTypes } from "../../model/channel.ts";
import type { Integration } from "../../model/integration.ts";
import type { AccountKey } from "../accountKey.ts";
import { type DeliverySettings, deliverText } from "../deliverText.ts";
import type { WireRequest } from "../gateway.ts";
import { type Fields, localAction, textOf } from "../localAction.ts";
import { isFromHere } from "../ownPage.ts";
import { knownIntegrations } from "./knownIntegrations.ts";
import { openOutbox } from "./openOutbox.ts";
import { outboxActions, outboxCalls } from "./outboxActions.ts";
import type { OutboxIntegration } from "./outboxEntry.ts";
import type { OutboxChannels } from "./receivedEntry.ts";
import { type SentRecord, shownSent } from "./sentState.ts";

export interface LocalOutboxSettings
  extends Pick<OutboxChannels, "providerOf">,
    Pick<DeliverySettings, "findPeople" | "findReasons"> {
  readonly accountKey: AccountKey;
  /** The base of webhooks' URLs, if it is not this server's own. */
  readonly publicUrl: string | undefined;
  /** Lists every integration of this type from the table. */
  readonly listIntegrations: (type: ChannelType) => Promise<readonly Integration[]>;
  /** Lists what became of the latest messages of a conversation. */
  readonly sentIn: (appId: string, conversationId: string) => Promise<readonly SentRecord[]>;
}

export type LocalOutbox = Awaited<ReturnType<typeof localOutbox>>;

/** Opens the outbox of the local server, and makes what the server answers about it. */
export async function localOutbox(settings: LocalOutboxSettings) {
  // Known once the server listens, which is before anything asks for it.
  let serverUrl = "";
  const webhookUrl = (id: string) => `${(settings.publicUrl ?? serverUrl).replace(/\/{1,16}$/, "")}/webhooks/${id}`;
  const integrations = knownIntegrations(async (type) =>
    (await settings.listIntegrations(type)).map(
      ({ id, appId, fields }): OutboxIntegration => ({
        id,
        appId,
        // The fields of an integration were validated when it was created.
        credentials: fields as OutboxIntegration["credentials"],
        webhookUrl: webhookUrl(id),
      }),
    ),
  );
  const deliver = async ({ method, path, headers, body }: SignedDelivery): Promise<number> => {
    const response = await fetch(serverUrl + path, { method, headers, body });
    await response.body?.cancel();
    return response.status;
  };
  const outbox = await openOutbox({ providerOf: settings.providerOf, integrationsOf: integrations.of, deliver });
  const calls = outboxCalls(outbox);
  const { pages, actions } = outboxActions(calls);
  const delivering = { ...settings, integrationsOf: integrations.of, deliver };
  return {
    pages: {
      ...pages,
      "/local/outbox/messages": localAction(isFromHere, async (_, fields) => {
        const sent = await settings.sentIn(textOf(fields, "appId"), textOf(fields, "conversationId"));
        return { messages: sent.map(shownSent) };
      }),
    },
    actions: {
      ...actions,
      "/local/deliveries": localAction(isFromHere, (request, fields) => deliverText(delivering, request, fields)),
    },
    /** Says at which URL the server listens. */
    serverAt: (url: string): void => {
      serverUrl = url;
    },
    /** Answers the URLs to which the channels' APIs are pointed. */
    apiUrls: () => channelTypes.map((type) => [type, outbox.urlOf(type)] as const),
    /** Looks at a request that was answered: one of the API may have changed an integration. */
    notice: integrations.notice,
    /** Forgets which integrations there are: something else than a request has changed them. */
    forget: integrations.forget,
    /** Makes a webhook call for the provider of a channel, with a person's text. */
    deliverText: (request: WireRequest, fields: Fields) => deliverText(delivering, request, fields),
    calls,
    /** Resolves when every request that came is answered and reported on. */
    settle: outbox.settle,
    /** Forgets everything, as if it was just opened. */
    reset(): void {
      outbox.clear();
      integrations.forget();
    },
    close: outbox.close,
  };
}
