import { openDb } from "../../lib/db/db.ts";
import { appKey, channelAddress } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { newConversation, newIntegration, newUser, say, textsOf } from "./business.ts";
import { newBot } from "./channelPeople.ts";
import { type DeviceOptions, newWebPage, type Visitor } from "./newDevice.ts";
import { bearer } from "./signToken.ts";
import type { TestServer } from "./startTestServer.ts";

export type Stage = Awaited<ReturnType<typeof newStage>>;

/** Makes an app with a front end of each kind: a web SDK, a Telegram bot and a custom integration. */
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
  /** The front ends and channels, each made at its first use. */
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
    /** The names of which every call to the table about this app has one. */
    marks,

    device: async (options: DeviceOptions = {}) => (await web()).device(options),
    bearer: (externalId: string) => bearer(app, externalId),
    born: async (text = "Hello from a guest") => (await web()).visit(text),
    /** Signs a user in, on the device of a guest or on a new one. */
    login: async (externalId: string, guest?: Visitor) => (await web()).signIn(externalId, {}, guest),

    /** Delivers a person's message to the bot. */
    write: async (personId: number, messageId: number, text: string) =>
      (await telegram()).write(String(personId), text, String(messageId)),

    /** Derives the id of a user that wrote to the bot: the address of the person's id on the channel. */
    async userOnTelegram(personId: number): Promise<string> {
      const item = await getItem(openDb(server.tableName, server.endpoint), appKey(app.id));
      return channelAddress(item?.salt, (await telegram()).id, String(personId));
    },

    user: (fields: object = {}) => newUser(app, fields),
    conversation: (...userIds: string[]): Promise<string> =>
      newConversation(app, {
        type: userIds.length === 1 ? "personal" : "sdkGroup",
        participants: userIds.map((userId) => ({ userId, subscribeSDKClient: false })),
      }),
    say: (conversationId: string, text: string) => say(app, conversationId, text),
    /** Lists the texts of a conversation, oldest first. */
    texts: (conversationId: string) => textsOf(app, conversationId),
  };
}
