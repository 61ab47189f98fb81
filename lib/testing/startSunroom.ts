import { type Call, localCalls } from "./localCalls.ts";
import { standInProcess } from "./standInProcess.ts";
import type {
  ApiKey,
  Clock,
  LoggedRequest,
  OutboxEntry,
  Sunroom,
  SunroomEvent,
  SunroomSettings,
  TestApp,
} from "./sunroom.ts";

export type * from "./sunroom.ts";

/**
 * Starts a stand-in for Sunshine Conversations on a free port, with a database of its own, and answers when it is ready.
 * Several may run at once; each ends with this process, however that ends.
 *
 * @throws Error that says why it cannot start
 */
export async function startSunroom({ seed, environment = {} }: SunroomSettings = {}): Promise<Sunroom> {
  const seeding = seed === undefined ? [] : ["--seed", seed];
  const standIn = await standInProcess(["--memory", "--port", "0", "--json", ...seeding], environment);
  const { url, accountKey, controlToken } = standIn;
  const { call, close } = localCalls(url);
  const control: Sunroom["control"] = (method, name, fields) =>
    call(method, `/local/control/${name}`, { headers: { "x-sunroom-control": controlToken }, body: fields });
  const tell = async (name: string, fields: object = {}): Promise<void> => {
    await control("POST", name, fields);
  };
  const stop = async () => {
    close();
    await standIn.stop();
  };

  return {
    url,
    accountKey,
    createApp: ({ displayName = "Test" } = {}) => makeApp(call, accountKey, displayName),
    reset: () => tell("reset"),
    deliver: (channel, person, content, target = {}) =>
      control("POST", "deliver", { ...target, channel, person, content }),
    events: async () => (await control<{ events: readonly SunroomEvent[] }>("GET", "events")).events,
    clock: clockOf(control),
    fail: (fault) => tell("faults", fault),
    requests: async () => (await control<{ requests: readonly LoggedRequest[] }>("GET", "requests")).requests,
    outbox: async () => (await control<{ entries: readonly OutboxEntry[] }>("GET", "outbox")).entries,
    snapshot: (name) => tell("snapshot", { name }),
    restore: (name) => tell("restore", { name }),
    control,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Writes the header `authorization` with an API key. */
const basic = ({ id, secret }: ApiKey) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;

/** Makes an app, and a key of it. */
async function makeApp(call: Call, accountKey: ApiKey, displayName: string): Promise<TestApp> {
  const asAccount = { headers: { authorization: basic(accountKey) }, body: { displayName } };
  const { app } = await call<{ app: { id: string } }>("POST", "/v2/apps", asAccount);
  const { key } = await call<{ key: ApiKey }>("POST", `/v2/apps/${app.id}/keys`, asAccount);
  return { id: app.id, key: { id: key.id, secret: key.secret }, authorization: basic(key) };
}

/** Makes the clock of a stand-in. */
function clockOf(control: Sunroom["control"]): Clock {
  const set = async (fields: object): Promise<void> => {
    await control("POST", "clock", fields);
  };
  return {
    set: (time) => set({ now: new Date(time).toISOString() }),
    async advance(milliseconds) {
      const { now, offsetMs = 0 } = await control<{ now?: string; offsetMs?: number }>("GET", "clock");
      await set(
        now === undefined
          ? { offsetMs: offsetMs + milliseconds }
          : { now: new Date(Date.parse(now) + milliseconds).toISOString() },
      );
    },
    restore: () => set({}),
  };
}
