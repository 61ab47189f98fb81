import type { SamplePayload, SamplePerson } from "../../lib/channels/contract.ts";
import { channelSample, signedDelivery } from "../../lib/local/channelSamples.ts";
import type { ChannelType, Credentials } from "../../lib/model/channel.ts";
import type { Reply } from "./caller.ts";
import { officialClient } from "./officialClient.ts";
import type { TestApp, TestServer } from "./startTestServer.ts";
import { userIdsOf } from "./tableItems.ts";
import { unique, uniqueNumber } from "./unique.ts";
import { whatsappChange, whatsappPayload } from "./whatsappPayload.ts";

/** People on channels: connects a channel, delivers their messages, and lists the users that they became. */

/** An integration as the answer to its creation shows it, with its credentials. */
export interface TestIntegration {
  readonly id: string;
  readonly type: ChannelType;
  readonly webhookUrl: string;
  readonly credentials: Credentials;
}

/** The least fields of each type, without generated ones. */
const required: Readonly<Record<ChannelType, Readonly<Record<string, string>>>> = {
  whatsapp: { appSecret: "meta-app-secret", phoneNumberId: "106540352242922" },
  messenger: { pageAccessToken: "page-access", appId: "1", appSecret: "meta-app-secret", pageId: "106731941223392" },
  instagram: { pageAccessToken: "page-access", appId: "1", appSecret: "meta-app-secret" },
  telegram: { token: "123456:ABC-DEF1234" },
  twilio: { accountSid: "ACa1b4c65ee0722712fab89867cb14eac7", authToken: "twilio-auth-token", phoneNumberSid: "PN1" },
  line: { channelSecret: "line-channel-secret" },
  viber: { token: "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9" },
  messagebird: { accessKey: "access-key", signingKey: "signing-key", originator: "12262121021" },
  mailgun: { apiKey: "api-key", signingKey: "mail-key", domain: "example.org", incomingAddress: "us@example.org" },
};

/** Connects a channel through the API. */
export async function connect(app: TestApp, type: ChannelType, fields: object = {}): Promise<TestIntegration> {
  const { body, text } = await app.api.post<{ integration: Credentials & { id: string; webhookUrl: string } }>(
    `/v2/apps/${app.id}/integrations`,
    { type, ...required[type], ...fields },
  );
  if (!body.integration) throw new Error(`No integration was made: ${text}`);
  const { id, webhookUrl } = body.integration;
  return { id, type, webhookUrl, credentials: body.integration };
}

/** Delivers a payload, signed as its provider signs. */
export function deliver(server: TestServer, to: TestIntegration, payload: SamplePayload): Promise<Reply> {
  const { method, path, headers, body } = signedDelivery(to.type, payload, targetOf(to));
  return server.as().send(method, path, { headers, body });
}

/** Delivers a person's text; the person and the message are new unless they are named. */
export function write(server: TestServer, to: TestIntegration, fields: Partial<SamplePerson> = {}): Promise<Reply> {
  const number = uniqueNumber();
  const person = {
    id: `1514555${1000 + number}`,
    name: "Zoë Müller",
    text: "Hi 🦊",
    messageId: `${9e15 + number}`,
    ...fields,
  };
  const { method, path, headers, body } = channelSample(to.type, { ...targetOf(to), person });
  return server.as().send(method, path, { headers, body });
}

const targetOf = ({ credentials, webhookUrl }: TestIntegration) => ({
  credentials,
  publicUrl: webhookUrl,
  now: new Date(),
});

/** Connects a Telegram bot. */
export async function newBot(server: TestServer, app: TestApp) {
  const bot = await connect(app, "telegram");
  return {
    ...bot,
    write: (id: string, text: string, messageId = String(uniqueNumber())) =>
      write(server, bot, { id, text, messageId }),
  };
}

/** Connects a WhatsApp number; its people may change their own. */
export async function newWhatsapp(server: TestServer, app: TestApp) {
  const whatsapp = await connect(app, "whatsapp");
  const sent = (from: string) => ({ from, id: unique("wamid") });
  return {
    ...whatsapp,
    write: (from: string, text: string) => deliver(server, whatsapp, whatsappPayload({ ...sent(from), text })),
    change: (from: string, to: string) => {
      const system = { type: "user_changed_number", wa_id: to };
      const message = { ...sent(from), timestamp: "1750269342", type: "system", system };
      return deliver(server, whatsapp, whatsappChange({ messages: [message] }));
    },
  };
}

/** A user with everything the official client lists of it. */
export interface Person {
  readonly user: { readonly id: string; readonly externalId?: string; readonly profile: Record<string, unknown> };
  readonly clients: readonly {
    readonly id: string;
    readonly type: string;
    readonly status: string;
    readonly externalId: string;
    readonly lastSeen: string;
    readonly displayName?: string;
    readonly info?: object;
    readonly raw?: Record<string, unknown>;
  }[];
  readonly conversations: readonly { readonly id: string; readonly type: string; readonly isDefault: boolean }[];
  readonly participants: readonly {
    readonly userId: string;
    readonly clientAssociations: readonly { readonly type: string; readonly clientId: string }[];
  }[];
  readonly messages: readonly {
    readonly id: string;
    readonly author: { readonly userId: string; readonly displayName?: string };
    readonly content: { readonly type: string; readonly text?: string } & Readonly<Record<string, unknown>>;
    readonly source: { readonly type: string; readonly originalMessageId?: string };
  }[];
}

/** Lists every user of the app, each as the official client shows it, the oldest first. */
export async function peopleOf(server: TestServer, app: TestApp): Promise<readonly Person[]> {
  const client = officialClient(server.url, app.key);
  const people: Person[] = [];
  for (const userId of await userIdsOf(server, app)) {
    const { user } = await client<Pick<Person, "user">>("UsersApi.getUser", app.id, userId);
    const { clients } = await client<Pick<Person, "clients">>("ClientsApi.listClients", app.id, userId, {});
    const { conversations } = await client<Pick<Person, "conversations">>(
      "ConversationsApi.listConversations",
      app.id,
      { userId },
      {},
    );
    const [first] = conversations;
    const inFirst = <List>(operation: `${string}Api.${string}`, none: List): Promise<List> =>
      first ? client<List>(operation, app.id, first.id, {}) : Promise.resolve(none);
    const { participants } = await inFirst<Pick<Person, "participants">>("ParticipantsApi.listParticipants", {
      participants: [],
    });
    const { messages } = await inFirst<Pick<Person, "messages">>("MessagesApi.listMessages", { messages: [] });
    people.push({ user, clients, conversations, participants, messages });
  }
  return people;
}

/** Finds the only user of the app; fails if there are more or none. */
export async function onlyPerson(server: TestServer, app: TestApp): Promise<Person> {
  const people = await peopleOf(server, app);
  const [person] = people;
  if (!person || people.length > 1) throw new Error(`There are ${people.length} people, not one.`);
  return person;
}

/** Lists a person's texts, in order. */
export const textsOf = (person: Person | undefined): readonly unknown[] =>
  (person?.messages ?? []).map((message) => message.content.text);
