import { core } from "./coreRuntime.ts";
import { isChannelType, type Unreadable } from "./domain/channel.ts";
import { describeFault } from "./http/log.ts";
import { linkStore } from "./store/channelLinks.ts";
import { contactStore } from "./store/contacts.ts";
import { deliveryQueue, type QueuedEvent, readQueued, type UnreadDelivery } from "./store/deliveryQueue.ts";
import { isPermanentFault } from "./store/permanentFault.ts";
import { signatureStore } from "./store/signatures.ts";

const { newId, log, tenants, table, users, merges } = core;
const contacts = contactStore(table, users, merges, linkStore(table, users, merges));
const queue = deliveryQueue(core.environment.deliveryQueue);

/** What the Lambdas behind the messaging channels need. */
export const runtime = {
  ...core,
  findApp: tenants.app,
  findIntegration: tenants.integration,
  contacts,
  signatures: signatureStore(table),
  /**
   * Keeps an event that could not be stored, if it will not come again by itself: queued to be tried again, or, where it
   * can never be stored, parked for a human to look at. Only what is kept may be acknowledged.
   */
  async keepForLater(
    { receivedAt, ...unstored }: Omit<QueuedEvent, "receivedAt" | "reason"> & { readonly receivedAt: Date },
    error: unknown,
    redelivers: boolean,
  ): Promise<"queued" | "parked" | undefined> {
    const permanent = isPermanentFault(error);
    if (!permanent && redelivers) return undefined;
    const fault = describeFault(error);
    const entry = {
      operation: "channelWebhook",
      requestId: unstored.requestId,
      status: 500,
      milliseconds: 0,
      coldStart: false,
      usersCreated: 0,
    };
    const queued = { ...unstored, receivedAt: receivedAt.toISOString(), reason: fault.name };
    try {
      if (!(permanent ? await queue.park(queued) : await queue.retry(queued))) return undefined;
      const kept = permanent ? "parked" : "queued";
      log({ ...entry, kept, fault });
      return kept;
    } catch (queueError) {
      // Neither stored nor kept: the delivery is refused, and the other people's events of it go on.
      log({ ...entry, fault: describeFault(queueError) });
      return undefined;
    }
  },
  /**
   * Keeps what could not be read of a verified delivery among the dead letters, and throws where they are out of reach:
   * what is not kept is not acknowledged. Where there are none, as none can ever be, it says so in the log alone.
   */
  async keepUnread(
    {
      receivedAt,
      ...delivery
    }: Omit<UnreadDelivery, "receivedAt" | "reason" | "pieces"> & { readonly receivedAt: Date },
    unreadable: readonly Unreadable[],
  ): Promise<void> {
    const delivered = { ...delivery, receivedAt: receivedAt.toISOString() };
    for (const reason of new Set(unreadable.map((one) => one.reason))) {
      const pieces = unreadable.filter((one) => one.reason === reason).map(({ piece }) => piece);
      await queue.parkUnread({ ...delivered, reason, pieces });
    }
  },
  /** Stores a queued event. Answers whether it is done with. */
  async replay(body: string, messageId: string): Promise<boolean> {
    const started = performance.now();
    const entry = { operation: "replayDelivery", requestId: messageId, coldStart: false };
    try {
      const { requestId, appId, integrationId, event, receivedAt } = readQueued(body);
      entry.requestId = requestId;
      const [app, integration] = await Promise.all([tenants.app(appId), tenants.integration(integrationId)]);
      // Deleted meanwhile, there is nobody left to store it for.
      const outcome =
        app && integration && isChannelType(integration.type)
          ? await contacts.receive(
              app,
              { id: integration.id, type: integration.type },
              event,
              new Date(receivedAt),
              newId,
            )
          : "ignored";
      log({
        ...entry,
        status: 200,
        milliseconds: Math.round(performance.now() - started),
        usersCreated: outcome === "created" ? 1 : 0,
      });
      return true;
    } catch (error) {
      log({
        ...entry,
        status: 500,
        milliseconds: Math.round(performance.now() - started),
        usersCreated: 0,
        fault: describeFault(error),
      });
      return false;
    }
  },
};
