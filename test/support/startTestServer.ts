import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { createTable } from "../../lib/local/createTable.ts";
import { importFunction, type ServerSettings, startServer } from "../../lib/local/server.ts";
import { newAccountKey } from "./caller.ts";
import { engineEndpoint } from "./engineEndpoint.ts";
import { type AnyServer, serverAt } from "./serverAt.ts";
import { recordAccess, withItsRights } from "./tableAccess.ts";

export interface TestServer extends AnyServer {
  readonly tableName: string;
  /** The engine's endpoint, even if the test put a proxy before it. */
  readonly endpoint: string;
  /** The table's region, if it is on AWS or on what stands in for it. */
  readonly region?: string;
}

export type TestApp = Awaited<ReturnType<AnyServer["newApp"]>>;

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
  // A folder that is made with its first file.
  const files = join(tmpdir(), `sunroom-${tableName}`);
  afterAll(() => rmSync(files, { recursive: true, force: true }));
  await createTable(engineEndpoint(), tableName, { streamed });
  Object.assign(process.env, {
    [variable.tableName]: tableName,
    [variable.dynamodbEndpoint]: endpoint,
    [variable.accountKeyId]: accountKey.id,
    [variable.accountKeySecret]: accountKey.secret,
    [variable.attachmentsUrl]: process.env[variable.attachmentsUrl] ?? pathToFileURL(files).href,
  });
  recordAccess();
  const server = await startServer({
    port: 0,
    loadFunction: async (operation) => withItsRights(operation, await importFunction(operation)),
    ...serverSettings,
  });
  afterAll(server.close);
  process.env[variable.publicUrl] = server.url;
  return { ...serverAt(server.url, accountKey), tableName, endpoint: engineEndpoint() };
}
