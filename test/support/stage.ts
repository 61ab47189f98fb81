import { appKey, channelAddress } from "../../lib/store/keys.ts";
import { openTable } from "../../lib/store/table.ts";
import { newConversation, newIntegration, newUser, say, textsOf } from "./business.ts";
import { newBot } from "./channelPeople.ts";
import { type DeviceOptions, newWebPage, type Visitor } from "./newDevice.ts";
import { bearer } from "./signToken.ts";
import type { TestServer } from "./startTestServer.ts";

export type Stage = Awaited<ReturnType<typeof newStage>>;

/** An app with a front end of each kind that people come by: a web SDK, a Telegram bot and a custom integration. */
export async function newStage(server: TestServer, settings: object = {}) {
  const app = await server.newApp();
  if (Object.keys(settings).length > 0) await app.api.patch(`/v2/apps/${app.id}`, { settings });
  const marks = [app.id, app.key.id];
  const once = <T extends { readonly id: string }>(make: () => Promise<T>) => {
    let made: Promise<T> | undefined;
    return async () => {
      made ??= make();
      const { id } = await made;
      if (!marks.includes(id)) marks.push(id);
      return made;
    };
  };
  /** A front end or channel each, made when it is first asked for. */
  const web = once(() => newWebPage(server, app));
  const telegram = once(() => newBot(server, app));
  const custom = once(async () => ({ id: await newIntegration(app, { type: "custom" }) }));
  const rest = `/v2/apps/${app.id}`;

  return {
    server,
    app,
    rest,
    sdk: `/sdk/v2/apps/${app.id}`,
    web,
    telegram,
    custom,
    anybody: server.as(),
    /** What every call to the table that is about this app names one of. */
    marks,

    device: async (options: DeviceOptions = {}) => (await web()).device(options),
    bearer: (externalId: string) => bearer(app, externalId),
    born: async (text = "Hello from a guest") => (await web()).visit(text),
    /** Signs somebody in, on the device of a guest or on a new one. */
    login: async (externalId: string, guest?: Visitor) => (await web()).signIn(externalId, {}, guest),

    /** Somebody says something to the bot. */
    write: async (personId: number, messageId: number, text: string) =>
      (await telegram()).write(String(personId), text, String(messageId)),

    /** The id of somebody who wrote to the bot: the address of the person's id on the channel. */
    async userOnTelegram(personId: number): Promise<string> {
      const item = await openTable(server.tableName, server.endpoint).get(appKey(app.id));
      return channelAddress(item?.salt, (await telegram()).id, String(personId));
    },

    user: (fields: object = {}) => newUser(app, fields),
    conversation: (...userIds: string[]): Promise<string> =>
      newConversation(app, {
        type: userIds.length === 1 ? "personal" : "sdkGroup",
        participants: userIds.map((userId) => ({ userId, subscribeSDKClient: false })),
      }),
    say: (conversationId: string, text: string) => say(app, conversationId, text),
    /** The texts of a conversation, oldest first. */
    texts: (conversationId: string) => textsOf(app, conversationId),
  };
}
