import { Webhook as Verifier } from "standardwebhooks";
import { expect, vi } from "vitest";
import type { RestWebhook } from "../support/business.ts";
import { officialClient } from "../support/officialClient.ts";
import { type ReceivedEvent, type ReceivedRequest, startReceiver } from "../support/startReceiver.ts";
import type { TestServer } from "../support/startTestServer.ts";

/** For what a stream and its queues do by themselves. */
export const patience = { timeout: 120_000, interval: 100 };

/** A delivery as the business sees it. */
interface RestDelivery {
  readonly id: string;
  readonly status: string;
  readonly event: { readonly id: string; readonly type: string };
  readonly attempts: readonly { readonly responseStatus?: number; readonly error?: string }[];
}

export type Hearing = Awaited<ReturnType<typeof newHearing>>;

/** Makes an app and, with the official client, a webhook of it, whose receiver is on this machine. */
export async function newHearing(
  server: TestServer,
  triggers: readonly string[] = ["conversation:create", "conversation:message"],
) {
  const receiver = await startReceiver();
  const app = await server.newApp();
  const client = officialClient(server.url, app.key);
  const { integration } = await client<{ integration: { id: string } }>("IntegrationsApi.createIntegration", app.id, {
    type: "custom",
    displayName: "Bot",
  });
  const { webhook } = await client<{ webhook: RestWebhook }>("WebhooksApi.createWebhook", app.id, integration.id, {
    target: `${receiver.url}/events`,
    triggers,
  });
  const verifier = new Verifier(`whsec_${Buffer.from(webhook.secret).toString("base64")}`);

  /** The events of each request that was looked at; a signature is good for five minutes. */
  const verified: (readonly ReceivedEvent[])[] = [];
  const verify = ({ body, headers }: ReceivedRequest): readonly ReceivedEvent[] => {
    expect(headers["x-api-key"]).toBe(webhook.secret);
    // The form of a webhook's body, and headers of one value each.
    return (verifier.verify(body, headers as Record<string, string>) as { events: readonly ReceivedEvent[] }).events;
  };

  /** Lists the events so far, each as it came first; fails if one is not signed by the webhook's secret. */
  const events = (): readonly ReceivedEvent[] => {
    for (const request of receiver.received.slice(verified.length)) verified.push(verify(request));
    return [...Map.groupBy(verified.flat(), ({ id }) => id).values()].flatMap(([first]) => first ?? []);
  };

  return {
    app,
    client,
    receiver,
    webhook,
    path: `/v2/apps/${app.id}/integrations/${integration.id}/webhooks/${webhook.id}`,
    /** Waits for so many events, and lists them. */
    hears: (count: number): Promise<readonly ReceivedEvent[]> =>
      vi.waitFor(() => {
        const heard = events();
        expect(heard.length).toBeGreaterThanOrEqual(count);
        return heard;
      }, patience),
    /** Waits until the deliveries, the newest first, have these states, and lists them. */
    async records(...statuses: readonly string[]): Promise<readonly RestDelivery[]> {
      return vi.waitFor(async () => {
        const { body } = await app.api.get<{ deliveries: readonly RestDelivery[] }>(`${this.path}/deliveries`);
        expect(body.deliveries.map(({ status }) => status)).toEqual(statuses);
        return body.deliveries;
      }, patience);
    },
    [Symbol.asyncDispose]: receiver.close,
  };
}
