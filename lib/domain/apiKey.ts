/** The kinds of API key, by the prefix of their id, and the scope each carries. */
export const keyPrefix = { account: "act_", app: "app_", integration: "int_" } as const;

export type KeyScope = keyof typeof keyPrefix;

/** An API key: Basic credentials, and the HMAC key of JWTs whose `kid` is its id. */
export interface ApiKey {
  readonly id: string;
  readonly secret: string;
  readonly scope: KeyScope;
  readonly displayName: string;
  /** Absent on the account's own key. */
  readonly appId?: string;
  /** Only on keys of a custom integration. */
  readonly integrationId?: string;
}

/** Keys an app, and a custom integration, can have. */
export const keyLimit = 10;

/** The scope a key id's prefix claims, if it has a known one. */
export function scopeOfKeyId(id: string): KeyScope | undefined {
  if (/^app_[0-9a-f]{24}$/.test(id)) return "app";
  if (/^int_[0-9a-f]{24}$/.test(id)) return "integration";
  if (/^act_[0-9a-zA-Z]{1,64}$/.test(id)) return "account";
  return undefined;
}

/** The key as the API answers it, its secret included. */
export function publicKey(key: ApiKey): object {
  return { id: key.id, displayName: key.displayName, secret: key.secret };
}
