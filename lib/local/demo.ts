import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChannelType, Credentials } from "../model/channel.ts";
import type { AccountKey } from "./accountKey.ts";
import { channelSamples } from "./channelSamples.ts";
import { type OwnCaller, ownCaller } from "./ownCaller.ts";

/** The resources with which the page at `/` makes its calls. */
export interface DemoApp {
  readonly appId: string;
  readonly key: { readonly id: string; readonly secret: string };
  /** The integration of type `web` that the SDK is initialised with. */
  readonly integrationId: string;
}

/** An integration of a channel, with the secrets of its creation. */
export interface DemoChannel {
  readonly id: string;
  readonly webhookUrl: string;
  readonly credentials: Credentials;
}

interface StoredDemo extends Partial<DemoApp> {
  readonly channels?: Partial<Record<ChannelType, { readonly id: string; readonly credentials: Credentials }>>;
}

const appName = "Demo of the local page";

export type Demo = ReturnType<typeof demo>;

/**
 * Opens the demo's app, its key and its integrations: those stored in the data directory, else those found by their
 * name, else new ones. All goes through the API, one call at a time, so that two pages opened at once share one app.
 * Throws an `Error` that names a request that the API refuses.
 */
export function demo(accountKey: AccountKey, dataDirectory: string) {
  const file = join(dataDirectory, "demo.json");
  const store = (stored: StoredDemo): void => {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    writeFileSync(file, `${JSON.stringify(stored, null, 2)}\n`, { mode: 0o600 });
  };

  const openApp = async (port: number): Promise<DemoApp> => {
    const stored: StoredDemo = readStored(file);
    const account = ownCaller(port, accountKey);
    const appId =
      (await stillFound(stored.appId, (id) => account.find(`/v2/apps/${id}`))) ??
      (await findApp(account)) ??
      (await makeApp(account));
    const key =
      (await stillFound(stored.key, (own) => ownCaller(port, own).find(`/v2/apps/${appId}`))) ??
      (await makeKey(account, appId));
    const api = ownCaller(port, key);
    const integrations = `/v2/apps/${appId}/integrations`;
    const integrationId =
      (await stillFound(stored.integrationId, (id) => api.find(`${integrations}/${id}`))) ??
      String((await api.make(integrations, { type: "web" })).id);
    const app = { appId, key, integrationId };
    if (appId !== stored.appId) store({ ...app, channels: {} });
    else if (key !== stored.key || integrationId !== stored.integrationId) store({ ...app, channels: stored.channels });
    return app;
  };

  const openChannel = async (port: number, type: ChannelType): Promise<DemoApp & { channel: DemoChannel }> => {
    const app = await openApp(port);
    const stored = readStored(file).channels?.[type];
    const api = ownCaller(port, app.key);
    const integrations = `/v2/apps/${app.appId}/integrations`;
    const known = stored && (await api.find(`${integrations}/${stored.id}`));
    if (known) return { ...app, channel: { ...stored, webhookUrl: String(known.webhookUrl) } };
    const { id, webhookUrl, ...fields } = await api.make(integrations, { type, ...channelSamples[type].demoFields() });
    const credentials = Object.fromEntries(
      Object.entries(fields).filter(([, value]) => ["string", "boolean"].includes(typeof value)),
    ) as Credentials;
    store({ ...app, channels: { ...readStored(file).channels, [type]: { id, credentials } } });
    return { ...app, channel: { id: String(id), webhookUrl: String(webhookUrl), credentials } };
  };

  let last: Promise<unknown> = Promise.resolve();
  const serialize = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
  return {
    app: (port: number) => serialize(() => openApp(port)),
    channel: (port: number, type: ChannelType) => serialize(() => openChannel(port, type)),
  };
}

function readStored(file: string): StoredDemo {
  try {
    // A cast because the file is our own; its values are tried before they are used.
    return JSON.parse(readFileSync(file, "utf8")) as StoredDemo;
  } catch {
    return {};
  }
}

/** Answers the stored demo as far as the API still knows it. */
async function stillFound<T>(stored: T | undefined, find: (stored: T) => Promise<unknown>): Promise<T | undefined> {
  return stored !== undefined && (await find(stored)) !== undefined ? stored : undefined;
}

async function findApp(account: OwnCaller): Promise<string | undefined> {
  const apps = await account.list("/v2/apps?page[size]=100");
  const found = apps.find(({ displayName }) => displayName === appName);
  return found && String(found.id);
}

async function makeApp(account: OwnCaller): Promise<string> {
  return String((await account.make("/v2/apps", { displayName: appName })).id);
}

async function makeKey(account: OwnCaller, appId: string): Promise<DemoApp["key"]> {
  const { id, secret } = await account.make(`/v2/apps/${appId}/keys`, { displayName: "Key of the local page" });
  return { id: String(id), secret: String(secret) };
}
