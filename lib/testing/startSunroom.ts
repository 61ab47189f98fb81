import { localCalls } from "./localCalls.ts";
import { standInProcess } from "./standInProcess.ts";
import type {
  ApiKey,
  Channel,
  Delivered,
  DeliveryTarget,
  Person,
  PersonContent,
  Sunroom,
  SunroomEvent,
  SunroomSettings,
  TestApp,
} from "./sunroom.ts";

export type * from "./sunroom.ts";

/** Writes the header `authorization` with an API key. */
const basic = ({ id, secret }: ApiKey) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;

/**
 * Starts a stand-in for Sunshine Conversations on a free port, with a database of its own, and answers when it is ready.
 * Several may run at once; each ends with this process, however that ends.
 *
 * @throws Error that says why it cannot start
 */
export async function startSunroom({ seed, environment = {} }: SunroomSettings = {}): Promise<Sunroom> {
  const seeding = seed === undefined ? [] : ["--seed", seed];
  const { url, accountKey, controlToken, stop } = await standInProcess(
    ["--memory", "--port", "0", "--json", ...seeding],
    environment,
  );
  const { call, close } = localCalls(url);
  const asAccount = { authorization: basic(accountKey) };
  const tell = <Body>(action: string, body: object = {}) =>
    call<Body>("POST", `/local/control/${action}`, { headers: { "x-sunroom-control": controlToken }, body });
  const read = <Body>(path: string) =>
    call<Body>("GET", `/local/control/${path}`, { headers: { "x-sunroom-control": controlToken } });
  const end = async () => {
    close();
    await stop();
  };

  return {
    url,
    accountKey,
    async createApp({ displayName = "Test" } = {}): Promise<TestApp> {
      const { app } = await call<{ app: { id: string } }>("POST", "/v2/apps", {
        headers: asAccount,
        body: { displayName },
      });
      const { key } = await call<{ key: ApiKey }>("POST", `/v2/apps/${app.id}/keys`, {
        headers: asAccount,
        body: { displayName },
      });
      return { id: app.id, key: { id: key.id, secret: key.secret }, authorization: basic(key) };
    },
    async reset() {
      await tell("reset");
    },
    deliver: (channel: Channel, person: string | Person, content: PersonContent, target: DeliveryTarget = {}) =>
      tell<Delivered>("deliver", {
        ...target,
        channel,
        person: typeof person === "string" ? { id: person } : person,
        content: typeof content === "string" ? { type: "text", text: content } : content,
      }),
    async events() {
      return (await read<{ events: readonly SunroomEvent[] }>("events")).events;
    },
    clock: {
      async set(time) {
        await tell("clock", { now: new Date(time).toISOString() });
      },
      async advance(milliseconds) {
        await tell("clock", { offsetMs: milliseconds });
      },
      async restore() {
        await tell("clock", { now: null });
      },
    },
    stop: end,
    [Symbol.asyncDispose]: end,
  };
}
