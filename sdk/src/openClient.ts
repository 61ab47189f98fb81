import { configure } from "./api.ts";
import type { Client, ClientParts } from "./client.ts";
import { watch } from "./display.ts";
import { login } from "./login.ts";
import { postActivity } from "./messages.ts";
import { newPerson } from "./person.ts";
import { createPoller } from "./poller.ts";
import { ended, followStorage, resume } from "./session.ts";
import { openStorage } from "./storage.ts";
import { createTransport } from "./transport.ts";
import { createTurns } from "./turns.ts";
import { createTyping } from "./typing.ts";

const DEFAULT_POLL_SECONDS = 5;

/** Makes the client of one integration, without a user yet. */
export function createClient(parts: ClientParts): Client {
  const { browser } = parts;
  const options = { ...parts.options };
  const { integrationId, pollInterval } = options;
  const life = new AbortController();
  const interval = () => pollInterval ?? (client.person.pollSeconds ?? DEFAULT_POLL_SECONDS) * 1000;
  const client: Client = {
    ...parts,
    options,
    life,
    storage: openStorage(() => browser[options.browserStorage ?? "localStorage"], integrationId),
    transport: createTransport(browser, life.signal),
    turns: createTurns(browser, `${integrationId}.identity`),
    poller: createPoller(browser, interval, () => watch(client)),
    typing: createTyping(browser, (type, id) => postActivity(client, type, id, false)),
    ended: (person) => ended(client, person),
    onStorage: (event) => followStorage(client, event),
    config: { app: { _id: "" }, baseUrl: { web: "" } },
    person: newPerson(),
    pending: {},
    claim: "",
    creating: new Map(),
    sending: Promise.resolve(),
    connected: false,
    lost: false,
  };
  return client;
}

/** Fetches the configuration, then logs in or resumes. */
export async function openClient(client: Client, configBaseUrl: string): Promise<void> {
  await configure(client, configBaseUrl);
  client.browser.addEventListener("storage", client.onStorage);
  const { externalId, jwt } = client.options;
  if (externalId && jwt) await login(client, externalId, jwt);
  else await client.turns.serialize(() => resume(client));
}

/** Ends everything under way; the page gets no events afterwards. */
export function closeClient({ browser, poller, typing, life, onStorage }: Client): void {
  browser.removeEventListener("storage", onStorage);
  poller.stop();
  typing.forget();
  life.abort();
}
