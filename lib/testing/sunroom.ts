/// <reference lib="esnext.disposable" preserve="true" />

/** An API key: the user name and the password of HTTP's Basic authentication. */
export interface ApiKey {
  readonly id: string;
  readonly secret: string;
}

/** An app of a stand-in, which shares nothing with any other app. */
export interface TestApp {
  readonly id: string;
  /** A key of the app, which may call everything in it. */
  readonly key: ApiKey;
  /** The header `authorization` with that key. */
  readonly authorization: string;
}

/** The messaging channels whose deliveries a stand-in can make. */
export type Channel =
  | "instagram"
  | "line"
  | "mailgun"
  | "messagebird"
  | "messenger"
  | "telegram"
  | "twilio"
  | "viber"
  | "whatsapp";

/** A person on a channel. */
export interface Person {
  /** The person's id on the channel, such as a phone number. */
  readonly id: string;
  readonly name?: string;
}

/** What a person writes. */
export type PersonContent = string | { readonly type: "text"; readonly text: string };

/** Where a delivery goes, if there are several integrations of the channel. */
export interface DeliveryTarget {
  readonly appId?: string;
  readonly integrationId?: string;
}

/** What became of a delivery. */
export interface Delivered {
  /** The status that the webhook answered. */
  readonly status: number;
  readonly appId: string;
  readonly integrationId: string;
  /** The user that the person is, unless the delivery was refused. */
  readonly userId?: string;
  /** Why it was refused, or made nothing. */
  readonly reasons: readonly string[];
}

/** What an event tells; its other fields follow from its type. */
export interface EventPayload {
  readonly user?: { readonly id: string; readonly externalId?: string; readonly [field: string]: unknown };
  readonly conversation?: { readonly id: string; readonly [field: string]: unknown };
  readonly message?: {
    readonly id: string;
    readonly author: {
      readonly type: "business" | "user";
      readonly userId?: string;
      readonly [field: string]: unknown;
    };
    readonly content: { readonly type: string; readonly text?: string; readonly [field: string]: unknown };
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** An event, as a webhook receives it. */
export interface SunroomEvent {
  readonly id: string;
  readonly appId: string;
  readonly createdAt: string;
  /** Such as `conversation:message`. */
  readonly type: string;
  readonly payload: EventPayload;
}

/** The clock of a stand-in: the time of all that it stores, signs and lets expire. */
export interface Clock {
  /** Stops it at this time. */
  set(time: Date | string | number): Promise<void>;
  /** Puts it forward by so many milliseconds, from where it stands or as it runs. */
  advance(milliseconds: number): Promise<void>;
  /** Makes it the machine's own again. */
  restore(): Promise<void>;
}

/** What goes wrong with calls of the API: a status in place of the answer, a delay, or a connection that breaks. */
export interface Fault {
  /** The calls; all of them without it. In a path each `*` stands for any text. */
  readonly match?: { readonly method?: string; readonly path?: string; readonly operation?: string };
  /** The number of calls; all of them until the next reset without it. */
  readonly times?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object;
  readonly latencyMs?: number;
  /** Breaks the connection. */
  readonly reset?: boolean;
  /** Whether the API does its work nevertheless, so that only the answer is lost. */
  readonly afterwards?: boolean;
}

/** A call of the API. */
export interface LoggedRequest {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As text, or in base64 where it is none. */
  readonly body?: string | { readonly base64: string };
  /** The name of the operation, such as `createUser`. */
  readonly operation?: string;
  /** Absent where the connection was broken. */
  readonly response?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | { readonly base64: string };
  };
}

/** A request that would have gone to a channel's provider. */
export interface OutboxEntry {
  readonly id: string;
  readonly receivedAt: string;
  readonly channel: Channel;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  /** The person and the text, if the request shows a message. */
  readonly message?: { readonly personId: string; readonly text: string };
}

/** Settings of a stand-in. */
export interface SunroomSettings {
  /** The file of records to create at first, to which each reset goes back. */
  readonly seed?: string;
  /** Environment variables, such as `PUBLIC_URL`. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A running stand-in for Sunshine Conversations, with a database of its own. */
export interface Sunroom {
  /** The base URL of its API, such as `http://localhost:50123`. */
  readonly url: string;
  /** The key that may make apps. */
  readonly accountKey: ApiKey;
  /** Makes an app, and a key of it. */
  createApp(settings?: { readonly displayName?: string }): Promise<TestApp>;
  /** Deletes all that was stored, apps and keys too, and all that was set, such as the clock and faults. */
  reset(): Promise<void>;
  /**
   * Delivers a person's message as the channel does, signed. Where there is no integration of the channel, one is made
   * with made-up credentials.
   */
  deliver(
    channel: Channel,
    person: string | Person,
    content: PersonContent,
    target?: DeliveryTarget,
  ): Promise<Delivered>;
  /** Lists the events of all that was committed before the call, oldest first. */
  events(): Promise<readonly SunroomEvent[]>;
  readonly clock: Clock;
  /** Lets calls of the API go wrong. */
  fail(fault: Fault): Promise<void>;
  /** Lists the calls of the API, oldest first. */
  requests(): Promise<readonly LoggedRequest[]>;
  /** Lists what went to people on channels, of all that was committed before the call. */
  outbox(): Promise<readonly OutboxEntry[]>;
  /** Keeps what is stored under a name. */
  snapshot(name: string): Promise<void>;
  /** Goes back to what was kept under a name. */
  restore(name: string): Promise<void>;
  /** Makes any other call of the test-control API, such as `POST`, `expire`. */
  control<Answer = unknown>(method: "GET" | "POST" | "DELETE", name: string, fields?: object): Promise<Answer>;
  /** Stops it, and deletes its data. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
