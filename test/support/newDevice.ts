import { randomBytes } from "node:crypto";
import { newIntegration } from "./business.ts";
import { basic, type Reply } from "./caller.ts";
import { bearer, userToken } from "./signToken.ts";
import type { TestApp, TestServer } from "./startTestServer.ts";

/** The calls of a Messaging SDK on the wire, for tests from its side. */

export interface WireConversation {
  readonly _id: string;
  readonly isDefault: boolean;
  readonly participants: readonly {
    readonly _id: string;
    readonly appUserId: string;
    readonly userId?: string;
    readonly unreadCount: number;
  }[];
  readonly displayName?: string;
  readonly messages: readonly WireMessage[];
}

interface WireMessage {
  readonly _id: string;
  readonly text: string;
  readonly authorId?: string;
  readonly received: number;
}

/** The answer to every call that creates, finds or signs in a user. */
export interface UserResponse {
  readonly appUser: {
    readonly _id: string;
    readonly userId?: string;
    readonly givenName?: string;
    readonly surname?: string;
    readonly email?: string;
    readonly conversationStarted: boolean;
    readonly clients: readonly { readonly id: string; readonly active: boolean; readonly lastSeen: string }[];
  };
  readonly conversations: readonly WireConversation[];
  readonly sessionToken?: string;
  readonly error?: { readonly code: string };
}

export interface ConversationResponse {
  readonly conversation: WireConversation;
  readonly messages: readonly WireMessage[];
}

export interface Session {
  readonly appUserId: string;
  readonly sessionToken: string;
}

/** An anonymous user's session, and the conversation it began with. */
export interface Beginning extends Session {
  readonly conversationId: string;
}

/** Writes the `Authorization` header of a session. */
export const sessionHeader = ({ appUserId, sessionToken }: Session): string =>
  basic({ id: appUserId, secret: sessionToken });

type Headers = Readonly<Record<string, string>>;

export interface CallOptions {
  readonly body?: unknown;
  /** The value of `Authorization`, or the session to make it of. */
  readonly as?: string | Session;
  readonly headers?: Headers;
}

export interface DeviceOptions {
  readonly platform?: string;
  readonly clientId?: string;
  readonly info?: object;
}

export type Device = ReturnType<typeof newDevice>;

/** Makes a browser or phone that runs an SDK, with a client id of its own. */
export function newDevice(server: TestServer, app: TestApp, integrationId: string, options: DeviceOptions = {}) {
  const { platform = "web", clientId = randomBytes(16).toString("hex") } = options;
  const { info = { vendor: "smooch", sdkVersion: "4.29.0" } } = options;
  const client = { platform, id: clientId, integrationId, info };
  const call = <Body = UserResponse>(
    method: string,
    path: string,
    { body, as, headers }: CallOptions = {},
  ): Promise<Reply<Body>> =>
    server.as().send<Body>(method, `/sdk/v2/apps/${app.id}${path}`, {
      body,
      headers: {
        "x-smooch-sdk": "web/smooch/4.29.0",
        "x-smooch-appid": app.id,
        "x-smooch-clientid": clientId,
        ...(as !== undefined && { authorization: typeof as === "string" ? as : sessionHeader(as) }),
        ...headers,
      },
    });
  /** Creates a new anonymous user without a token (way 3). Answers the server's answer. */
  const create = (fields: object = {}, headers: Headers = {}) =>
    call("POST", "/appusers", {
      body: { client, intent: "conversation:start", conversation: { type: "personal" }, ...fields },
      headers,
    });
  return {
    clientId,
    client,
    call,
    create,
    /** Creates an anonymous user, and answers its session and its conversation. */
    async begin(fields: object = {}): Promise<Beginning> {
      const { body, status, text } = await create(fields);
      if (status !== 201) throw new Error(`No user was made: ${text}`);
      return { ...sessionOf(body), conversationId: body.conversations[0]?._id ?? "" };
    },
    /** Signs in (way 4), with an anonymous user if one is given. */
    login: (externalId: string, anonymous?: Partial<Session>, jwt = userToken(app, externalId)) =>
      call("POST", "/login", {
        body: {
          integrationId,
          userId: externalId,
          sessionToken: null,
          client,
          ...(anonymous && { appUserId: anonymous.appUserId, sessionToken: anonymous.sessionToken ?? null }),
        },
        as: `Bearer ${jwt}`,
      }),
    resume: (session: Session) => call("GET", `/appusers/${session.appUserId}`, { as: session }),
    say: (conversationId: string, text: string, as: string | Session, headers = {}) =>
      call<ConversationResponse>("POST", `/conversations/${conversationId}/messages`, {
        body: { message: { type: "text", text, role: "appUser" }, author: { role: "appUser", client } },
        as,
        headers,
      }),
    texts: async (conversationId: string, as: string | Session): Promise<readonly string[]> => {
      const { body } = await call<ConversationResponse>("GET", `/conversations/${conversationId}/messages`, { as });
      return body.messages.map((message) => message.text);
    },
  };
}

/** Reads the session of an answer. */
export const sessionOf = ({ appUser, sessionToken = "" }: UserResponse): Session => ({
  appUserId: appUser._id,
  sessionToken,
});

/** An anonymous user on its device. */
export type Visitor = Device & Session;

export type Guest = Awaited<ReturnType<typeof newGuest>>;

/** Makes an anonymous user together with its device, which calls under its session. */
export async function newGuest(device: Device, fields: object = {}) {
  const session = await device.begin(fields);
  const ask =
    (method: string) =>
    <Body = UserResponse>(path: string, body?: object, headers: Headers = {}): Promise<Reply<Body>> =>
      device.call(method, path, { body, as: session, headers });
  return { ...device, ...session, get: ask("GET"), post: ask("POST"), put: ask("PUT") };
}

/** Makes a web page of the app that people visit, each with a device of their own. */
export async function newWebPage(server: TestServer, app: TestApp, options: DeviceOptions = {}) {
  const id = await newIntegration(app, { canUserCreateMoreConversations: true });
  const device = (others: DeviceOptions = {}) => newDevice(server, app, id, { ...options, ...others });
  return {
    id,
    device,
    /** Makes a visitor that writes a message before signing in. */
    visit: (text: string) => newGuest(device(), { conversation: { messages: [{ type: "text", text }] } }),
    signIn: (externalId: string, claims: object = {}, guest?: Visitor) =>
      (guest ?? device()).login(externalId, guest, userToken(app, externalId, claims)),
    /** Makes an app start a conversation with a token, which signs its user in. */
    start: (externalId: string, claims: object = {}) =>
      device().create({}, { authorization: bearer(app, externalId, claims) }),
  };
}
