import { type Caller, type Credentials, caller } from "./caller.ts";

/** An app on such a server, with a key. */
interface AnyApp {
  readonly id: string;
  readonly key: Credentials;
  readonly api: Caller;
}

/** A server under test, wherever it runs. */
export interface AnyServer {
  readonly url: string;
  readonly accountKey: Credentials;
  /** Calls with the account key. */
  readonly account: Caller;
  /** Calls with another key, or with none. */
  readonly as: (credentials?: Credentials) => Caller;
  /** Makes an app with a key, and calls with that key. */
  readonly newApp: (displayName?: string) => Promise<AnyApp>;
}

/** Calls the server at an address, which has this account key. */
export function serverAt(url: string, accountKey: Credentials): AnyServer {
  const as = (credentials?: Credentials) => caller(url, credentials);
  const account = as(accountKey);
  return {
    url,
    accountKey,
    account,
    as,
    async newApp(displayName = "Test app") {
      const made = await account.post<{ app: { id: string } }>("/v2/apps", { displayName });
      if (made.status !== 201) throw new Error(`No app was made: ${made.text}`);
      const { id } = made.body.app;
      const { body } = await account.post<{ key: Credentials }>(`/v2/apps/${id}/keys`, { displayName: "Test key" });
      const key = { id: body.key.id, secret: body.key.secret };
      return { id, key, api: as(key) };
    },
  };
}
