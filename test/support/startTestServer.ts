import { randomBytes } from "node:crypto";
import { afterAll } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { createTable } from "../../lib/local/createTable.ts";
import { importFunction, type ServerSettings, startServer } from "../../lib/local/server.ts";
import { type Caller, type Credentials, caller, newAccountKey } from "./caller.ts";
import { engineEndpoint } from "./engineEndpoint.ts";
import { recordAccess, withItsRights } from "./tableAccess.ts";

export interface TestServer {
  readonly url: string;
  readonly tableName: string;
  /** The engine's endpoint, even if the test put a proxy before it. */
  readonly endpoint: string;
  readonly accountKey: Credentials;
  /** Calls with the account key. */
  readonly account: Caller;
  /** Calls with another key, or with none. */
  readonly as: (credentials?: Credentials) => Caller;
  /** Makes an app with a key, and calls with that key. */
  readonly newApp: (displayName?: string) => Promise<TestApp>;
}

export interface TestApp {
  readonly id: string;
  readonly key: Credentials;
  readonly api: Caller;
}

/**
 * Starts the local server on a table of its own. It sets the process's environment before it imports the functions, so
 * a test file starts one server and imports nothing itself that reads the environment; vitest gives each file its own
 * modules. The file starts it before its tests, at its top, and it is closed after them.
 * @param settings `endpoint` puts a proxy between server and engine, e.g. a `startProxy`; `streamed` gives the table a
 * stream of its changes
 */
export async function startTestServer(
  settings: Partial<ServerSettings> & { readonly endpoint?: string; readonly streamed?: boolean } = {},
): Promise<TestServer> {
  const { endpoint = engineEndpoint(), streamed = false, ...serverSettings } = settings;
  const tableName = `test-${randomBytes(6).toString("hex")}`;
  const accountKey = newAccountKey();
  await createTable(engineEndpoint(), tableName, { streamed });
  Object.assign(process.env, {
    [variable.tableName]: tableName,
    [variable.dynamodbEndpoint]: endpoint,
    [variable.accountKeyId]: accountKey.id,
    [variable.accountKeySecret]: accountKey.secret,
  });
  recordAccess();
  const server = await startServer({
    port: 0,
    loadFunction: async (operation) => withItsRights(operation, await importFunction(operation)),
    ...serverSettings,
  });
  afterAll(server.close);
  process.env[variable.publicUrl] = server.url;
  const as = (credentials?: Credentials) => caller(server.url, credentials);
  const account = as(accountKey);
  return {
    url: server.url,
    tableName,
    endpoint: engineEndpoint(),
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
