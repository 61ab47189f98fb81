import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChannelType, Credentials } from "../domain/channel.ts";
import type { AccountKey } from "./accountKey.ts";
import { demoCredentials } from "./demoCredentials.ts";

/** What the page at `/` tries things with. */
export interface DemoApp {
  readonly appId: string;
  readonly key: { readonly id: string; readonly secret: string };
  /** The integration of type `web` that the SDK is initialised with. */
  readonly integrationId: string;
}

/** An integration of a channel, with the secrets that were told when it was made. */
export interface DemoChannel {
  readonly id: string;
  readonly webhookUrl: string;
  readonly credentials: Credentials;
}

interface Kept extends Partial<DemoApp> {
  readonly channels?: Partial<Record<ChannelType, { readonly id: string; readonly credentials: Credentials }>>;
}

const appName = "Demo of the local page";

export type Demo = ReturnType<typeof demo>;

/**
 * The demo's app, its key and its integrations: what was made before and kept in the data directory, found again by its
 * name where that is lost, or made now. Everything goes through the API, and one at a time, so that two pages opened at
 * once share one app. Throws an `Error` that names the request when the API refuses one.
 */
export function demo(accountKey: AccountKey, dataDirectory: string) {
  const file = join(dataDirectory, "demo.json");
  const keep = (kept: Kept): void => {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
  };

  const openApp = async (port: number): Promise<DemoApp> => {
    const kept: Kept = readKept(file);
    const account = caller(port, accountKey);
    const known = kept.appId !== undefined && (await account.find(`/v2/apps/${kept.appId}`)) !== undefined;
    const appId = known ? (kept.appId ?? "") : ((await findApp(account)) ?? (await makeApp(account)));
    const ownKey = kept.key && (await caller(port, kept.key).find(`/v2/apps/${appId}`)) !== undefined;
    const key = (ownKey ? kept.key : undefined) ?? (await makeKey(account, appId));
    const api = caller(port, key);
    const integrations = `/v2/apps/${appId}/integrations`;
    const web = kept.integrationId && (await api.find(`${integrations}/${kept.integrationId}`));
    const integrationId = String((web || (await api.make(integrations, { type: "web" }))).id);
    const app = { appId, key, integrationId };
    if (!known || !ownKey || !web) keep({ ...app, channels: known ? kept.channels : {} });
    return app;
  };

  const openChannel = async (port: number, type: ChannelType): Promise<DemoApp & { channel: DemoChannel }> => {
    const app = await openApp(port);
    const kept = readKept(file).channels?.[type];
    const api = caller(port, app.key);
    const integrations = `/v2/apps/${app.appId}/integrations`;
    const known = kept && (await api.find(`${integrations}/${kept.id}`));
    if (known) return { ...app, channel: { ...kept, webhookUrl: String(known.webhookUrl) } };
    const { id, webhookUrl, ...fields } = await api.make(integrations, { type, ...demoCredentials[type] });
    const credentials = Object.fromEntries(
      Object.entries(fields).filter(([, value]) => ["string", "boolean"].includes(typeof value)),
    ) as Credentials;
    keep({ ...app, channels: { ...readKept(file).channels, [type]: { id, credentials } } });
    return { ...app, channel: { id: String(id), webhookUrl: String(webhookUrl), credentials } };
  };

  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
  return {
    app: (port: number) => inTurn(() => openApp(port)),
    channel: (port: number, type: ChannelType) => inTurn(() => openChannel(port, type)),
  };
}

function readKept(file: string): Kept {
  try {
    // A cast because the file is our own; what stands in it is tried before it is used.
    return JSON.parse(readFileSync(file, "utf8")) as Kept;
  } catch {
    return {};
  }
}

async function findApp(account: Caller): Promise<string | undefined> {
  const apps = (await account.find("/v2/apps?page[size]=100")) as unknown as Fields[] | undefined;
  const found = apps?.find(({ displayName }) => displayName === appName);
  return found && String(found.id);
}

async function makeApp(account: Caller): Promise<string> {
  return String((await account.make("/v2/apps", { displayName: appName })).id);
}

async function makeKey(account: Caller, appId: string): Promise<DemoApp["key"]> {
  const { id, secret } = await account.make(`/v2/apps/${appId}/keys`, { displayName: "Key of the local page" });
  return { id: String(id), secret: String(secret) };
}

type Fields = Readonly<Record<string, unknown>>;
type Caller = ReturnType<typeof caller>;

/** Calls this very server, as any client would. An answer's resource is its first field. */
function caller(port: number, { id, secret }: AccountKey) {
  const headers = {
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
    "content-type": "application/json",
  };
  const call = async (path: string, body?: object): Promise<Fields | undefined> => {
    const request = body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, request);
    if (!body && [401, 403, 404].includes(response.status)) return undefined;
    if (!response.ok) throw new Error(`The demo could not be made: ${path} was answered with ${response.status}.`);
    // The API's own form of an answer.
    const answer = (await response.json()) as Readonly<Record<string, Fields>>;
    return Object.values(answer)[0];
  };
  return {
    /** What stands there, or `undefined` when it is gone or is not the caller's. */
    find: (path: string) => call(path),
    make: async (path: string, body: object): Promise<Fields> => (await call(path, body)) ?? {},
  };
}
