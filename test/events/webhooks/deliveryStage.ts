import { hash } from "node:crypto";
import { replacement } from "../../../lib/apps/webhooks.ts";
import type { Db } from "../../../lib/db/db.ts";
import { userItem } from "../../../lib/db/items/userItem.ts";
import { putItem } from "../../../lib/db/writeItems.ts";
import { deliverBatch } from "../../../lib/events/webhooks/deliverBatch.ts";
import { listDeliveries } from "../../../lib/events/webhooks/deliveryRecords.ts";
import type { TargetAccess } from "../../../lib/events/webhooks/postToTarget.ts";
import type { PublicEvent } from "../../../lib/model/events/event.ts";
import type { Webhook } from "../../../lib/model/events/webhook.ts";
import type { QueuedDelivery } from "../../../lib/model/events/webhookDelivery.ts";
import { newId } from "../../../lib/model/id.ts";
import type { LogEntry } from "../../../lib/model/log.ts";
import type { User } from "../../../lib/model/user.ts";
import { heldEventQueue } from "../../support/heldEventQueue.ts";
import { runtimeOf } from "../../support/runtimeOf.ts";

/** The secret and the text of every webhook and event here, which no log may hold. */
export const secret = "0123456789abcdef0123456789abcdef";
export const text = "what the person wrote";

/** Makes the surroundings of deliveries: a table, a clock that a test sets, queues and a log that it reads. */
export function newDeliveryStage(db: Db, access: Partial<TargetAccess> = {}) {
  let time = Date.now();
  let made = 0;
  const log: LogEntry[] = [];
  const queue = heldEventQueue();
  const runtime = {
    ...runtimeOf(db, { now: () => new Date(time), log: (entry) => void log.push(entry) }),
    eventQueue: queue,
    targetAccess: { range: "loopback", ...access } satisfies TargetAccess,
  };
  const appId = newId(new Date());

  const stage = {
    runtime,
    queue,
    log,
    appId,
    pass: (seconds: number) => {
      time += seconds * 1000;
    },
    now: () => new Date(time),

    /** Stores webhooks of the app, of which it has no others then. */
    async webhooks(...targets: readonly string[]): Promise<readonly Webhook[]> {
      const webhooks = targets.map((target): Webhook => {
        const id = newId(new Date());
        const triggers = ["conversation:message"] as const;
        const options = { includeFullUser: false, includeFullSource: false };
        return { id, integrationId: "b".repeat(24), target, triggers, secret, ...options, createdAt: "2026-01-01" };
      });
      await stage.webhooksAre(webhooks);
      return webhooks;
    },

    /** Stores these webhooks in the place of the app's. */
    webhooksAre: async (webhooks: readonly Webhook[]) => {
      await putItem(db, replacement(db, appId, { webhooks: [], version: 0 }, webhooks).put);
    },

    /** Stores a user of the app. */
    async user(): Promise<string> {
      const id = newId(new Date());
      const user: User = {
        ...{ appId, id, authenticated: true, signedUpAt: "2026-01-01T00:00:00.000Z", hasMoreConversations: false },
        ...{ profile: {}, metadata: {}, identities: [], clients: [], devices: [] },
      };
      await putItem(db, userItem(user));
      return id;
    },

    /** Makes a delivery to a webhook. */
    delivery(
      webhook: Webhook,
      fields: Partial<Omit<QueuedDelivery, "event">> & Partial<PublicEvent> = {},
    ): QueuedDelivery {
      const { id, type, createdAt, payload, ...rest } = fields;
      const event: PublicEvent = {
        id: id ?? hash("sha256", `${appId} ${made++}`).slice(0, 24),
        type: type ?? "conversation:message",
        createdAt: createdAt ?? new Date(time).toISOString(),
        payload: payload ?? { message: { content: { type: "text", text } } },
      };
      return {
        id: hash("sha256", `${webhook.id} ${event.id}`).slice(0, 24),
        appId,
        webhookId: webhook.id,
        event,
        userIds: [],
        orderedBy: "c".repeat(24),
        queuedAt: new Date(time).toISOString(),
        attempts: [],
        ...rest,
      };
    },

    /** Hands deliveries out as one batch; answers the places of those to be handed out again. */
    async deliver(...deliveries: readonly QueuedDelivery[]): Promise<readonly number[]> {
      const messages = deliveries.map((delivery, index) => ({
        messageId: String(index),
        body: JSON.stringify(delivery),
      }));
      return (await deliverBatch(runtime, messages, () => true)).map(Number).sort((a, b) => a - b);
    },

    /** Hands out what was put off, each when it is due, until nothing is; answers the seconds that this took. */
    async drain(): Promise<readonly number[]> {
      const waits: number[] = [];
      for (let next = queue.later.shift(); next !== undefined; next = queue.later.shift()) {
        waits.push(next.seconds);
        stage.pass(next.seconds);
        await stage.deliver(next.delivery);
      }
      return waits;
    },

    /** Lists the records of a webhook's deliveries, newest first. */
    records: async ({ id }: Webhook) =>
      (await listDeliveries(db, { appId, webhookId: id }, { size: 100 }, new Date(time))).records,
  };
  return stage;
}
