import type { Webhook } from "../../model/events/webhook.ts";
import { postToTarget, type TargetAccess, type TargetAnswer } from "./postToTarget.ts";
import { signDelivery } from "./signDelivery.ts";

/** Sends an event to the target of a webhook in the vendor's envelope, signed. */
export function postEvent(
  { appId, webhook }: { readonly appId: string; readonly webhook: Webhook },
  event: { readonly id: string; readonly type: string; readonly createdAt: string; readonly payload: object },
  access: TargetAccess,
  now: Date,
): Promise<TargetAnswer> {
  const { id, type, createdAt, payload } = event;
  const body = Buffer.from(
    JSON.stringify({
      app: { id: appId },
      webhook: { id: webhook.id, version: "v2" },
      events: [{ id, type, createdAt, payload }],
    }),
  );
  const headers = {
    "content-type": "application/json; charset=utf-8",
    accept: "*/*",
    "user-agent": "Sunroom",
    ...signDelivery(webhook, id, body, now),
  };
  return postToTarget(webhook.target, headers, body, access);
}
