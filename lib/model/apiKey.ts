/** The prefixes of key ids by the scope of the key. */
export const keyPrefix = { account: "act_", app: "app_", integration: "int_" } as const;

export type KeyScope = keyof typeof keyPrefix;

/** An API key: Basic credentials, and the HMAC key of JWTs with its id as `kid`. */
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

/** Number of keys that an app, or a custom integration, can have. */
export const keyLimit = 10;

/** Reads the scope from a key id's prefix, if it is a known one. */
export function scopeOfKeyId(id: string): KeyScope | undefined {
  if (/^app_[0-9a-f]{24}$/.test(id)) return "app";
  if (/^int_[0-9a-f]{24}$/.test(id)) return "integration";
  if (/^act_[0-9a-zA-Z]{1,64}$/.test(id)) return "account";
  return undefined;
}
