import { caller } from "../test/support/caller.ts";
import { createAnonymousUser, login, newApp, newIntegration, telegramSecret, writeOnTelegram } from "./rig.ts";

/** One of the four ways: creates a user or finds one again. */
type Way = (turn: number) => Promise<{ readonly status: number }>;

interface Server {
  readonly url: string;
  readonly accountKey: { readonly id: string; readonly secret: string };
}

/** The load on a server, and its answers. */
export interface Load {
  readonly externalIds: ReadonlySet<string>;
  readonly people: ReadonlySet<string>;
  readonly messages: ReadonlySet<string>;
  /** The ids that were answered for an externalId. */
  readonly userIds: ReadonlyMap<string, ReadonlySet<string>>;
  readonly anonymousIds: ReadonlySet<string>;
  readonly results: ReadonlyMap<string, { readonly times: number[]; readonly statuses: Map<number, number> }>;
}

/** Makes traffic of all four ways in an app of its own, with so many calls at a time. */
export async function mixedLoad(server: Server, { seconds, width }: { seconds: number; width: number }): Promise<Load> {
  const { url, accountKey } = server;
  const account = caller(url, accountKey);
  const app = await newApp({ url, account });
  const web = await newIntegration(app, { type: "web" });
  const telegram = await newIntegration(app, { type: "telegram", token: "1:token", secretToken: telegramSecret });
  const base = `/v2/apps/${app.id}`;

  const requested = { externalIds: new Set<string>(), people: new Set<string>(), messages: new Set<string>() };
  const userIds = new Map<string, Set<string>>();
  const remember = (name: string, userId: string) => userIds.set(name, (userIds.get(name) ?? new Set()).add(userId));
  const anonymousIds = new Set<string>();
  // Names repeat, so that in each way some are new, some are repeated, and some are used twice at the same moment.
  const repeated = (turn: number) => Math.floor(turn / 3);
  const ways: Readonly<Record<string, Way>> = {
    async createUser(turn) {
      const externalId = `api-${repeated(turn)}`;
      const { status, body } = await app.api.post<{ user: { id: string } }>(`${base}/users`, { externalId });
      if (status === 201) remember(externalId, body.user.id);
      requested.externalIds.add(externalId);
      return { status };
    },
    async channelWebhook(turn) {
      const [id, messageId] = [`writer-${repeated(repeated(turn))}`, `message-${repeated(turn)}`];
      const { status } = await writeOnTelegram(app, telegram, { id, messageId });
      requested.people.add(id);
      requested.messages.add(messageId);
      return { status };
    },
    async sdkCreateConversation(turn) {
      const { status, body } = await createAnonymousUser(app, web.id, `visitor-${turn}`);
      if (status === 201) anonymousIds.add(body.appUser._id);
      return { status };
    },
    async sdkLogin(turn) {
      const externalId = `person-${repeated(turn)}`;
      const { status, body } = await login(app, web.id, externalId, `device-${turn % 5}`);
      if (status === 200) remember(externalId, body.appUser._id);
      requested.externalIds.add(externalId);
      return { status };
    },
  };
  const names = Object.keys(ways);
  const results = new Map(
    names.map((name): [string, { times: number[]; statuses: Map<number, number> }] => [
      name,
      { times: [], statuses: new Map() },
    ]),
  );
  const turns = new Map(names.map((name) => [name, 0]));
  const end = performance.now() + seconds * 1_000;
  const worker = async (offset: number) => {
    for (let index = offset; performance.now() < end; index++) {
      const name = names[index % names.length] as string;
      const turn = turns.get(name) ?? 0;
      turns.set(name, turn + 1);
      const started = performance.now();
      const { status } = (await ways[name]?.(turn)) ?? { status: 0 };
      const result = results.get(name);
      result?.times.push(performance.now() - started);
      result?.statuses.set(status, (result.statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: width }, (_, index) => worker(index)));
  return { ...requested, userIds, anonymousIds, results };
}

/** Counts the answered requests. */
export const requestsOf = ({ results }: Load): number =>
  [...results.values()].reduce((sum, { times }) => sum + times.length, 0);
