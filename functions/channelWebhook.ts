import { withMediaUrl } from "../lib/channels/inbound/mediaUrl.ts";
import { receiveEvents } from "../lib/channels/inbound/receiveEvents.ts";
import { receiveReceipts } from "../lib/channels/inbound/receiveReceipts.ts";
import { useSignature } from "../lib/channels/inbound/signatureUse.ts";
import { loadChannel } from "../lib/channels/loadChannel.ts";
import { type Answer, pipeline } from "../lib/http/pipeline.ts";
import { channelReply, readChannelRequest } from "../lib/http/webhook.ts";
import { apiError } from "../lib/model/apiError.ts";
import { type Credentials, isChannelType } from "../lib/model/channel.ts";
import { channelRuntime } from "../lib/runtime.ts";

/** Number of reasons that one log entry holds. */
const loggedReasons = 100;

/**
 * Receives a channel's delivery (way 2: a person writes on a messaging channel). The integration tells the channel and
 * holds its secret. A delivery is acknowledged only once everything in it is stored, or kept to be stored later if the
 * channel would not deliver it again.
 */
export const handler = pipeline("channelWebhook", "rest", channelRuntime, async (request): Promise<Answer> => {
  const runtime = channelRuntime;
  const integration = await runtime.findIntegration(request.params.integrationId ?? "");
  if (!integration || !isChannelType(integration.type) || integration.status !== "active")
    throw apiError.integrationNotFound();
  const app = await runtime.findApp(integration.appId);
  if (!app) throw apiError.integrationNotFound();
  const channel = await loadChannel(integration.type);
  // The fields of an integration were validated when it was created.
  const credentials = integration.fields as Credentials;
  const delivery = readChannelRequest(request, runtime.channelUrl(request), runtime.now());
  const handshake = channel.handshake(delivery, credentials);
  if (handshake) return channelReply(handshake);
  const verdict = channel.verify(delivery, credentials);
  if (!verdict.ok) return { ...channelReply({ status: verdict.status }), skipped: [verdict.reason] };
  const { events, skipped, unreadable, once, receipts = [] } = channel.parse(delivery, credentials);
  const context = { app, integration: { id: integration.id, type: integration.type }, receivedAt: delivery.receivedAt };
  for (const event of once ? events : [])
    if (once && !(await useSignature(runtime, { ...context, event }, once.signature)))
      return { ...channelReply({ status: once.refusal }), skipped: ["the signature served another delivery"] };
  const usersCreated = await receiveEvents(runtime, {
    ...context,
    redelivers: channel.redelivers,
    events: events.map((event) => withMediaUrl(event, context, runtime.channelUrl(request))),
    unreadable,
    requestId: request.requestId,
  });
  await receiveReceipts(runtime, { ...context, receipts });
  const reply = channel.acknowledge?.(delivery) ?? channel.acknowledgement;
  return { ...channelReply(reply), usersCreated, skipped: skipped.slice(0, loggedReasons) };
});
