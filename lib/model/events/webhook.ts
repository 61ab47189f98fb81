import { randomHex } from "../sources/idSource.ts";

/** The triggers of the vendor's webhooks. Source: the vendor's OpenAPI description, "Webhook Triggers". */
export const webhookTriggers = [
  "client:add",
  "client:remove",
  "client:update",
  "conversation:create",
  "conversation:join",
  "conversation:leave",
  "conversation:message",
  "conversation:message:delivery:channel",
  "conversation:message:delivery:failure",
  "conversation:message:delivery:user",
  "conversation:postback",
  "conversation:read",
  "conversation:referral",
  "conversation:remove",
  "conversation:typing",
  "passthrough:messaging",
  "switchboard:acceptControl",
  "switchboard:acceptControl:failure",
  "switchboard:offerControl",
  "switchboard:offerControl:failure",
  "switchboard:passControl",
  "switchboard:passControl:failure",
  "switchboard:releaseControl",
  "user:merge",
  "user:remove",
  "user:update",
] as const;

export type WebhookTrigger = (typeof webhookTriggers)[number];

/** A URL of a business that is told of events of its app. */
export interface Webhook {
  readonly id: string;
  readonly integrationId: string;
  readonly target: string;
  readonly triggers: readonly WebhookTrigger[];
  /** Sent as `X-API-Key`, and the key of the signatures: 32 hexadecimal digits if it was made here. */
  readonly secret: string;
  /** The secret before the last rotation, which signs too, until this time. */
  readonly previousSecret?: { readonly secret: string; readonly until: string } | undefined;
  readonly includeFullUser: boolean;
  readonly includeFullSource: boolean;
  readonly createdAt: string;
}

/** Number of webhooks of an app. Source: the vendor's OpenAPI description, "Webhooks". */
export const webhookLimit = 10;

/** The fields of a webhook that its owner chooses. */
export type WebhookFields = Pick<Webhook, "target" | "triggers" | "includeFullUser" | "includeFullSource" | "secret">;

export type Given<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/** Makes a webhook of what its owner chose, with a secret if none was chosen. */
export function newWebhook(
  names: Pick<Webhook, "id" | "integrationId">,
  fields: Pick<WebhookFields, "target" | "triggers"> & Given<WebhookFields>,
  now: Date,
): Webhook {
  return {
    id: names.id,
    integrationId: names.integrationId,
    target: fields.target,
    triggers: fields.triggers,
    secret: fields.secret ?? newWebhookSecret(),
    includeFullUser: fields.includeFullUser ?? false,
    includeFullSource: fields.includeFullSource ?? false,
    createdAt: now.toISOString(),
  };
}

/** Changes what is given of a webhook. A given secret is the only one from now on, also during a rotation. */
export function changedWebhook(webhook: Webhook, change: Given<WebhookFields>): Webhook {
  const { previousSecret, ...current } = webhook;
  return {
    ...current,
    target: change.target ?? current.target,
    triggers: change.triggers ?? current.triggers,
    secret: change.secret ?? current.secret,
    includeFullUser: change.includeFullUser ?? current.includeFullUser,
    includeFullSource: change.includeFullSource ?? current.includeFullSource,
    ...(change.secret === undefined ? { previousSecret } : {}),
  };
}

/** Milliseconds for which the secret before a rotation is still used: time to give receivers the new one. */
const rotationMilliseconds = 24 * 60 * 60_000;

/**
 * Gives a webhook a new secret, beside which the old one is used for a day. During that day a further rotation changes
 * nothing: it may be the same request again, and the receivers still have the old one.
 */
export const withNewSecret = (webhook: Webhook, now: Date): Webhook =>
  previousSecretOf(webhook, now) === undefined
    ? {
        ...webhook,
        secret: newWebhookSecret(),
        previousSecret: { secret: webhook.secret, until: new Date(now.getTime() + rotationMilliseconds).toISOString() },
      }
    : webhook;

/** Makes a secret of 128 random bits in the vendor's form: 32 hexadecimal digits. */
const newWebhookSecret = (): string => randomHex(16);

/** Answers the secret before the last rotation, as long as it is used. */
export const previousSecretOf = ({ previousSecret }: Webhook, now: Date): string | undefined =>
  previousSecret !== undefined && now.getTime() < Date.parse(previousSecret.until) ? previousSecret.secret : undefined;
