import { createHmac, randomBytes } from "node:crypto";
import type { Api, Credentials } from "../../lib/cli/server/api.ts";
import { channelSample } from "../../lib/local/channelSamples.ts";
import type { Outcome } from "./openLoop.ts";

/** An app that a load makes for itself. */
export interface LoadedApp {
  readonly id: string;
  /** Sends the request of this number. */
  readonly send: (index: number) => Promise<Outcome>;
  /** Deletes the app with all that the load made. */
  readonly remove: () => Promise<void>;
}

/** A request as it is sent, and the statuses with which it is answered as it should be. */
interface Wanted {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly statuses: readonly number[];
}

/** The kinds of requests in the order in which they are sent, again and again: nine of ten make or find a user. */
const mix = [
  ...["createUser", "channelWebhook", "sdkLogin", "getUser", "createUser"],
  ...["channelWebhook", "sdkLogin", "listMessages", "sdkCreateConversation", "channelWebhook"],
] as const;
type Kind = (typeof mix)[number];

/** Milliseconds after which a request counts as unanswered: API Gateway's own limit. */
const patience = 30_000;
const json = { "content-type": "application/json" } as const;

/** Makes an app with a key, integrations, a user and a conversation, by the account's key. */
export async function loadedApp(api: Api): Promise<LoadedApp> {
  const { app } = await api.post<{ app: { id: string } }>("/v2/apps", { displayName: "Load test" });
  const base = `/v2/apps/${app.id}`;
  const remove = () => api.delete(base);
  try {
    const { key } = await api.post<{ key: Credentials }>(`${base}/keys`, { displayName: "Load test" });
    const requestOf = await prepare(api.as({ id: key.id, secret: key.secret }), app.id);
    const turns = new Map<Kind, number>();
    return {
      id: app.id,
      remove,
      send(index) {
        const kind = mix[index % mix.length] ?? mix[0];
        const turn = turns.get(kind) ?? 0;
        turns.set(kind, turn + 1);
        return send(api.url, kind, requestOf(kind, turn));
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

interface Integration {
  readonly id: string;
  readonly webhookUrl: string;
}

/** Makes what the requests are about, and answers a function that writes them. */
async function prepare(api: Api, appId: string): Promise<(kind: Kind, turn: number) => Wanted> {
  const base = `/v2/apps/${appId}`;
  const secretToken = randomBytes(16).toString("hex");
  const make = (fields: object) => api.post<{ integration: Integration }>(`${base}/integrations`, fields);
  const web = (await make({ type: "web" })).integration;
  const telegram = (await make({ type: "telegram", token: "1:load", secretToken })).integration;
  await api.post(`${base}/users`, { externalId: "reader" });
  const { conversation } = await api.post<{ conversation: { id: string } }>(`${base}/conversations`, {
    type: "personal",
    participants: [{ userExternalId: "reader" }],
  });
  const messages = `${base}/conversations/${conversation.id}/messages`;
  await api.post(messages, { author: { type: "business" }, content: { type: "text", text: "Welcome" } });
  const basic = `Basic ${Buffer.from(`${api.credentials.id}:${api.credentials.secret}`).toString("base64")}`;
  const authorization = { authorization: basic };
  const client = (device: string) => ({ id: device, platform: "web", integrationId: web.id });
  // Names repeat, so that in each way users are new, are found again, and are asked for twice at the same moment.
  const repeated = (turn: number) => Math.floor(turn / 3);
  const kinds: Readonly<Record<Kind, (turn: number) => Wanted>> = {
    createUser: (turn) => ({
      ...posted(`${base}/users`, { externalId: `api-${repeated(turn)}` }, authorization),
      statuses: [201, 409],
    }),
    channelWebhook(turn) {
      const [id, messageId] = [`writer-${repeated(turn)}`, `message-${turn}`];
      const person = { id, messageId, name: "Ann Example", text: "Hello" };
      const target = { credentials: { secretToken }, publicUrl: telegram.webhookUrl, now: new Date(), person };
      const { path, body, headers } = channelSample("telegram", target);
      // A base path of the server is part of the URL that the channel is told.
      return { method: "POST", path: pathBelow(api.url, path), body: String(body), headers, statuses: [200] };
    },
    sdkLogin(turn) {
      const externalId = `person-${repeated(turn)}`;
      const token = userToken(api.credentials, externalId);
      const body = { userId: externalId, client: client(`device-${turn % 5}`) };
      return {
        ...posted(`/sdk/v2/apps/${appId}/login`, body, { authorization: `Bearer ${token}` }),
        statuses: [200],
      };
    },
    sdkCreateConversation: (turn) => ({
      ...posted(`/sdk/v2/apps/${appId}/appusers`, { client: client(`visitor-${turn}`) }),
      statuses: [201],
    }),
    getUser: () => ({ method: "GET", path: `${base}/users/reader`, headers: authorization, statuses: [200] }),
    listMessages: () => ({ method: "GET", path: messages, headers: authorization, statuses: [200] }),
  };
  return (kind, turn) => kinds[kind](turn);
}

const posted = (path: string, body: object, headers: Readonly<Record<string, string>> = {}) => ({
  method: "POST" as const,
  path,
  body: JSON.stringify(body),
  headers: { ...json, ...headers },
});

/** Takes the server's own base path off a path. */
function pathBelow(url: string, path: string): string {
  const base = new URL(url).pathname.replace(/\/$/, "");
  return base !== "" && path.startsWith(`${base}/`) ? path.slice(base.length) : path;
}

/** Signs a token by which a business proves a user. */
function userToken({ id, secret }: Credentials, externalId: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT", kid: id })}.${part({ scope: "user", external_id: externalId })}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** Sends a request, and reads its answer to the end. */
async function send(url: string, name: Kind, wanted: Wanted): Promise<Outcome> {
  const { statuses, path, body, method, headers = {} } = wanted;
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(patience),
      ...(body === undefined ? {} : { body }),
    });
    await response.arrayBuffer();
    return { name, outcome: String(response.status), isExpected: statuses.includes(response.status) };
  } catch (error) {
    const { name: kind, cause } = error instanceof Error ? error : new Error();
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "no answer";
    return { name, outcome: kind === "TimeoutError" ? "time-out" : code, isExpected: false };
  }
}
