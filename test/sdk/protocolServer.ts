import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the server saw it; `path` is what follows `/sdk/v2`. */
export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: { [field: string]: Json };
}

type Json = string | number | boolean | null | undefined | Json[] | { [field: string]: Json };

/** What the server does instead of answering properly: another answer, no answer, or the work without its answer. */
export type Fault = { status: number; body?: Json } | "unreachable" | "answer lost";

interface StoredUser {
  _id: string;
  userId?: string;
  clientId: string;
  sessionToken?: string;
  givenName?: string;
  properties: { [key: string]: Json };
  conversations: StoredConversation[];
}

interface StoredConversation {
  _id: string;
  type: string;
  isDefault: boolean;
  displayName?: string;
  participants: { _id: string; appUserId: string; unreadCount: number; lastRead?: number }[];
  messages: { _id: string; role: string; authorId?: string; type: string; text: string; received: number }[];
  lastUpdatedAt: number;
  businessLastRead?: number;
}

const partsOf = (path: string): readonly string[] => path.replace(/^\/apps\/app\//, "").split(/[/?]/);

async function readSeen(request: IncomingMessage): Promise<Seen> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return {
    method: request.method ?? "",
    path: (request.url ?? "").replace(/^\/sdk\/v2/, ""),
    headers: request.headers,
    body: text ? JSON.parse(text) : {},
  };
}

/** Speaks the SDK protocol out of memory, far enough to see what the SDK sends, and fails on request. A JWT is taken as `{externalId}.{any}`; `*.expired` is refused. */
export class ProtocolServer {
  readonly seen: Seen[] = [];
  readonly users = new Map<string, StoredUser>();
  multiConvoEnabled = false;
  appStatus = "active";
  retryPolicy = { intervals: { regular: 0.02, aggressive: 0.01 }, backoffMultiplier: 2, maxRetries: 3 };
  private readonly faults: { call: string; fault: Fault }[] = [];
  private readonly answered = new Map<string, [number, Json]>();
  private readonly server: Server;
  private readonly awaited = new Set<{ call: string; resolve: (seen: Seen) => void }>();
  private holding: Promise<void> | undefined;
  private counter = 0;

  constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = await readSeen(request);
    this.seen.push(seen);
    for (const one of this.awaited) if (this.matches(seen, one.call) && this.awaited.delete(one)) one.resolve(seen);
    await this.holding;
    const fault = this.nextFault(seen);
    if (fault === "unreachable") return void request.socket.destroy();
    const [status, body] = typeof fault === "object" ? [fault.status, fault.body] : this.answer(seen);
    if (fault === "answer lost") return void request.socket.destroy();
    response.writeHead(status, { "content-type": "application/json" });
    response.end(body === undefined ? "" : JSON.stringify(body));
  }

  private nextFault(seen: Seen): Fault | undefined {
    const at = this.faults.findIndex(({ call }) => this.matches(seen, call));
    return at < 0 ? undefined : this.faults.splice(at, 1)[0]?.fault;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get url(): string {
    // A listening TCP server has an address object, never a pipe's name.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next requests of this kind (`"POST /appusers"`) fail, in this order. */
  fail(call: string, ...faults: Fault[]): void {
    for (const fault of faults) this.faults.push({ call, fault });
  }

  /** Requests wait from now on, until the returned function is called. */
  hold(): () => void {
    let release = () => {};
    this.holding = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  /** The requests of one kind so far. */
  calls(call: string): Seen[] {
    return this.seen.filter((seen) => this.matches(seen, call));
  }

  /** The next request of one kind, when it arrives. */
  arrival(call: string): Promise<Seen> {
    return new Promise((resolve) => void this.awaited.add({ call, resolve }));
  }

  /** Ends a user's anonymous session, as a login on another device does. */
  endSession(userId: string): void {
    delete this.user(userId).sessionToken;
  }

  /** The business deletes a user. */
  deleteUser(userId: string): void {
    this.users.delete(userId);
  }

  /** A user starts a conversation on another device. */
  startElsewhere(userId: string, ...texts: string[]): string {
    return this.converse(this.user(userId), { messages: texts.map((text) => ({ text })) })._id;
  }

  /** The business writes. */
  businessWrites(userId: string, text: string): void {
    const [conversation] = this.user(userId).conversations;
    conversation?.messages.push({
      _id: this.id("message"),
      role: "appMaker",
      authorId: "business",
      type: "text",
      text,
      received: ++this.counter,
    });
    for (const participant of conversation?.participants ?? []) participant.unreadCount++;
  }

  user(id: string): StoredUser {
    const user = this.users.get(id);
    if (!user) throw new Error(`no user ${id}`);
    return user;
  }

  /** Makes a user with an externalId, as an API call does. */
  known(externalId: string, conversations = 0): StoredUser {
    const user: StoredUser = {
      _id: this.id("user"),
      userId: externalId,
      clientId: "",
      properties: {},
      conversations: [],
    };
    for (let index = 0; index < conversations; index++) this.converse(user, {});
    this.users.set(user._id, user);
    return user;
  }

  private matches({ method, path }: Seen, call: string): boolean {
    const [wanted, pattern = ""] = call.split(" ");
    const short = path.replace(/^\/apps\/app\b/, "").replace(/\?.*/, "");
    return method === wanted && new RegExp(`^${pattern.replaceAll("*", "[^/]+")}$`).test(short);
  }

  private id(kind: string): string {
    return `${kind}${++this.counter}`;
  }

  private answer(seen: Seen): [number, Json] {
    const key = seen.headers["idempotency-key"];
    const operation = `${seen.path} ${key}`;
    const before = this.answered.get(operation);
    if (key && before) return withAnotherSession(before);
    const answer = this.perform(seen);
    if (key && answer[0] < 300) this.answered.set(operation, answer);
    return answer;
  }

  private perform(seen: Seen): [number, Json] {
    const { method, path, body } = seen;
    if (/^\/integrations\/[^/]+\/config$/.test(path)) return [200, { config: this.config() }];
    if (typeof body.email === "string" && !body.email.includes("@")) return refusal(400, "bad_request");
    const [resource, id] = partsOf(path);
    if (method === "POST" && resource === "login") return this.login(seen);
    if (method === "POST" && resource === "appusers" && !id) return this.create(seen);
    const caller = this.caller(seen);
    const bearer = bearerOf(seen.headers.authorization);
    if (!caller) return bearer && bearer !== "refused" ? refusal(404, "user_not_found") : refusal(401, "invalid_auth");
    if (resource === "appusers") return id === caller._id ? this.ofUser(caller, seen) : refusal(403, "forbidden");
    const conversation = caller.conversations.find(({ _id }) => _id === id);
    return conversation ? this.ofConversation(caller, conversation, seen) : refusal(404, "conversation_not_found");
  }

  private ofUser(caller: StoredUser, { method, path, body }: Seen): [number, Json] {
    const [, , part] = partsOf(path);
    if (part === "logout") return [200, {}];
    if (part === "conversations" && method === "POST") {
      if (caller.conversations.length > 0 && !this.multiConvoEnabled) return refusal(403, "forbidden");
      const conversation = this.converse(caller, body);
      return [201, { conversation, messages: conversation.messages } as unknown as Json];
    }
    if (part === "conversations") {
      const offset = Number(new URL(path, "http://x").searchParams.get("offset"));
      return [200, this.session(caller, offset)];
    }
    if (method === "PUT") {
      const { properties, ...rest } = body;
      Object.assign(caller, rest, { properties: { ...caller.properties, ...Object(properties) } });
    }
    return [200, this.session(caller)];
  }

  private ofConversation(
    caller: StoredUser,
    conversation: StoredConversation,
    { method, path, body }: Seen,
  ): [number, Json] {
    const [, , part] = partsOf(path);
    if (method === "PUT") Object.assign(conversation, body);
    if (part === "messages" && method === "POST") {
      const message = {
        ...(body.message as { type: string; text: string; role: string }),
        _id: this.id("message"),
        authorId: caller._id,
        received: ++this.counter,
      };
      conversation.messages.push(message);
      conversation.lastUpdatedAt = message.received;
      return [201, { conversation: withoutMessages(conversation), messages: [message] } as unknown as Json];
    }
    if (part === "activity") {
      const { type } = body.activity as { type: string };
      if (type === "conversation:read")
        for (const participant of conversation.participants) participant.unreadCount = 0;
      return [200, {}];
    }
    return [200, { conversation: withoutMessages(conversation), messages: conversation.messages } as unknown as Json];
  }

  private config(): Json {
    return {
      app: { _id: "app", status: this.appStatus, name: "App", settings: { multiConvoEnabled: this.multiConvoEnabled } },
      integration: { _id: "integration", canUserCreateMoreConversations: this.multiConvoEnabled },
      integrations: [],
      baseUrl: { web: `${this.url}/sdk` },
      style: {},
      restRetryPolicy: this.retryPolicy,
    };
  }

  private create({ headers, body }: Seen): [number, Json] {
    const bearer = bearerOf(headers.authorization);
    if (bearer === "refused") return refusal(401, "invalid_auth");
    const known = bearer && [...this.users.values()].find(({ userId }) => userId === bearer);
    if (known) return [201, this.session(known)];
    const { client, conversation, givenName, properties } = body as unknown as {
      client: { id: string };
      conversation: Partial<StoredConversation>;
      givenName?: string;
      properties?: StoredUser["properties"];
    };
    const _id = this.id("user");
    const user: StoredUser = {
      _id,
      clientId: client.id,
      properties: properties ?? {},
      conversations: [],
      ...(givenName && { givenName }),
      ...(bearer ? { userId: bearer } : { sessionToken: this.id("token") }),
    };
    this.converse(user, conversation);
    this.users.set(_id, user);
    const { sessionToken } = user;
    // The answer is a JSON object; the cast only forgets its exact fields.
    return [201, { ...(this.session(user) as object), ...(sessionToken && { sessionToken }) } as Json];
  }

  private login({ headers, body }: Seen): [number, Json] {
    const bearer = bearerOf(headers.authorization);
    if (!bearer || bearer === "refused" || bearer !== body.userId) return refusal(401, "invalid_auth");
    const anonymous = [...this.users.values()].find(
      ({ _id, sessionToken }) => sessionToken && _id === body.appUserId && sessionToken === body.sessionToken,
    );
    let user = [...this.users.values()].find(({ userId }) => userId === bearer);
    if (anonymous) delete anonymous.sessionToken;
    if (anonymous && user) {
      user.conversations.push(...anonymous.conversations);
      this.users.delete(anonymous._id);
    }
    user ??= anonymous ?? this.known(bearer);
    user.userId = bearer;
    return [200, this.session(user)];
  }

  private caller({ headers }: Seen): StoredUser | undefined {
    const { authorization = "" } = headers;
    const bearer = bearerOf(authorization);
    const users = [...this.users.values()];
    if (bearer) return users.find(({ userId }) => userId === bearer);
    const [id, token] = Buffer.from(authorization.replace("Basic ", ""), "base64").toString().split(":");
    return users.find(({ _id, sessionToken }) => _id === id && sessionToken && token?.startsWith(sessionToken));
  }

  private converse(user: StoredUser, asked: object): StoredConversation {
    const { messages = [], displayName } = asked as { messages?: { text: string }[]; displayName?: string };
    const conversation: StoredConversation = {
      _id: this.id("conversation"),
      type: "personal",
      isDefault: user.conversations.length === 0,
      ...(displayName && { displayName }),
      participants: [{ _id: this.id("participant"), appUserId: user._id, unreadCount: 0 }],
      messages: messages.map(({ text }) => ({
        _id: this.id("message"),
        role: "appUser",
        authorId: user._id,
        type: "text",
        text,
        received: ++this.counter,
      })),
      lastUpdatedAt: this.counter,
    };
    user.conversations.push(conversation);
    return conversation;
  }

  private session(
    { conversations, clientId, sessionToken: _secret, properties, ...user }: StoredUser,
    offset = 0,
  ): Json {
    const latest = conversations.toSorted((a, b) => b.lastUpdatedAt - a.lastUpdatedAt);
    return {
      appUser: {
        ...cleared(user),
        properties: cleared(properties),
        clients: [{ id: clientId, platform: "web", active: true }],
        conversationStarted: true,
      },
      conversations: latest.slice(offset, offset + 10).map((one) => ({
        ...one,
        messages: one.messages.slice(-1),
      })),
      conversationsPagination: { hasMore: conversations.length > offset + 10 },
      settings: { realtime: { enabled: false, baseUrl: "" } },
      // Stored objects hold JSON only.
    } as unknown as Json;
  }
}

/** Who asks again for the user it created is given a session of its own: the first one's token and a mark. */
function withAnotherSession([status, body]: [number, Json]): [number, Json] {
  const { sessionToken } = Object(body);
  return [status, sessionToken ? { ...Object(body), sessionToken: `${sessionToken}'` } : body];
}

/** Without what `null` cleared. */
function cleared(from: object): { [field: string]: Json } {
  return Object.fromEntries(Object.entries(from).filter(([, value]) => value !== null));
}

function withoutMessages({ messages: _messages, ...conversation }: StoredConversation): object {
  return conversation;
}

function bearerOf(authorization = ""): string | undefined {
  const jwt = /^Bearer (.+)/.exec(authorization)?.[1];
  if (!jwt) return undefined;
  return jwt.endsWith(".expired") ? "refused" : jwt.split(".")[0];
}

function refusal(status: number, code: string): [number, Json] {
  return [status, { error: { code, description: `Refused: ${code}` } }];
}
