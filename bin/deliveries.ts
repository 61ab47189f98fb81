import { variable } from "../lib/api/environment.ts";
import { deliveryIn } from "../lib/local/deliveryIn.ts";
import type { WireRequest } from "../lib/local/gateway.ts";
import type { ChannelRequest } from "../lib/model/channel.ts";

/** Imports the reader of deliveries when it is needed, since the runtime reads the environment when it is imported. */
async function deliveryOutcomes() {
  const [{ refusalOfDelivery, skippedOfDelivery, usersOfDelivery }, { channelRuntime }] = await Promise.all([
    import("../lib/channels/inbound/outcomeOfDelivery.ts"),
    import("../lib/runtime.ts"),
  ]);
  return {
    usersOf: (integrationId: string, delivery: ChannelRequest) =>
      usersOfDelivery(channelRuntime, integrationId, delivery),
    skippedOf: (integrationId: string, delivery: ChannelRequest) =>
      skippedOfDelivery(channelRuntime, integrationId, delivery),
    refusalOf: (integrationId: string, delivery: ChannelRequest) => {
      // Signatures cover the URL that the provider called.
      const { origin, pathname, search } = new URL(delivery.publicUrl);
      const publicUrl = (process.env[variable.publicUrl] || origin) + pathname + search;
      return refusalOfDelivery(channelRuntime, integrationId, { ...delivery, publicUrl });
    },
  };
}

/** Finds the ids of the users of a stored delivery. */
export async function findPeople(integrationId: string, delivery: ChannelRequest): Promise<readonly string[]> {
  return (await deliveryOutcomes()).usersOf(integrationId, delivery);
}

/**
 * Says why a channel's delivery was refused, or parts of it made nothing, which no answer shows; empty for every other
 * request.
 */
export async function describeReasons(status: number, request: WireRequest): Promise<string> {
  const delivered = status < 500 ? deliveryIn(request) : undefined;
  if (!delivered) return "";
  const reasons = await findReasons(status, delivered.integrationId, delivered.delivery);
  return reasons.length > 0 ? ` (${reasons.slice(0, 5).join("; ")})` : "";
}

/** Finds why a delivery was refused, or parts of it made nothing. */
export async function findReasons(
  status: number,
  integrationId: string,
  delivery: ChannelRequest,
): Promise<readonly string[]> {
  const { skippedOf, refusalOf } = await deliveryOutcomes();
  return (status === 200 ? skippedOf : refusalOf)(integrationId, delivery);
}
