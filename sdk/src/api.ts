import type { Client } from "./client.ts";
import type { Person } from "./person.ts";
import { randomHex } from "./randomHex.ts";
import { isRefusal, SmoochError } from "./SmoochError.ts";
import { VERSION } from "./version.ts";
import type { WireConfig } from "./wire.ts";

const MAX_RENEWALS = 5;

/** One request of the protocol. */
export interface Call {
  method: string;
  path: string;
  body?: unknown;
  /** Makes the repetitions of a creating request one operation. */
  idempotencyKey?: string;
  /** `false` for requests that are worthless when late. */
  retry?: boolean;
  /** `false`: a refused token is not renewed. */
  renew?: boolean;
}

/** Reads the id of this device each time, since another tab may have chosen it. */
export function clientId({ storage }: Client): string {
  const stored = storage.get("clientId");
  if (stored) return stored;
  const fresh = randomHex();
  storage.set("clientId", fresh);
  return fresh;
}

/** Describes this browser for requests. */
export function device(client: Client) {
  const { location, document, navigator } = client.browser;
  return {
    platform: "web",
    id: clientId(client),
    integrationId: client.options.integrationId,
    info: {
      vendor: "sunroom",
      sdkVersion: VERSION,
      URL: location.host,
      userAgent: navigator.userAgent,
      referrer: document.referrer,
      browserLanguage: navigator.language,
      // Without query and fragment, which may hold a page's secrets.
      currentUrl: location.origin + location.pathname,
      currentTitle: document.title,
    },
  };
}

/** Fetches the configuration, which holds the API's base URL. */
export async function configure(client: Client, configBaseUrl: string): Promise<void> {
  const { options, transport } = client;
  const answer = await transport.send({
    method: "GET",
    url: `${withoutSlashes(configBaseUrl)}/v2/integrations/${encodeURIComponent(options.integrationId)}/config`,
    headers: sdkHeaders(client),
  });
  const config = (answer as WireConfig | undefined)?.config;
  if (!config?.app || !config.baseUrl?.web) {
    throw new SmoochError("invalid_config", `There is no configuration at ${configBaseUrl}.`);
  }
  if (config.app.status && config.app.status !== "active") {
    throw new SmoochError("unauthorized", "The app is not active.", 401);
  }
  client.config = config;
  transport.follow(config.restRetryPolicy);
}

/**
 * Makes one request for a person. A refused token is renewed by the delegate, at most five times; the end of a person
 * is reported.
 */
export async function call(client: Client, person: Person, request: Call): Promise<unknown> {
  const { method, path, body, idempotencyKey, retry = true, renew = true } = request;
  const { app, baseUrl } = client.config;
  for (let renewals = 0; ; renewals++) {
    const { jwt } = person;
    try {
      return await client.transport.send({
        method,
        url: `${withoutSlashes(baseUrl.web)}/v2/apps/${app._id}${path}`,
        headers: {
          ...sdkHeaders(client),
          ...credentials(person),
          ...(idempotencyKey && { "idempotency-key": idempotencyKey }),
        },
        body,
        retry,
      });
    } catch (error) {
      if (isOver(person, method, error)) client.ended(person);
      if (!isRefusal(error, 401)) throw error;
      // If the delegate fails, the server's refusal stays the reason.
      const isRenewed =
        jwt && renew && renewals < MAX_RENEWALS && (await renewed(client, person, jwt).catch(() => false));
      if (!isRenewed) throw error;
    }
  }
}

function withoutSlashes(url: string): string {
  return url.replace(/\/{1,16}$/, "");
}

function sdkHeaders(client: Client): Record<string, string> {
  return {
    "x-smooch-sdk": `web/sunroom/${VERSION}`,
    "x-smooch-appid": client.config.app._id,
    "x-smooch-clientid": clientId(client),
  };
}

function credentials({ jwt, user, sessionToken }: Person): Record<string, string> {
  if (jwt) return { authorization: `Bearer ${jwt}` };
  if (user && sessionToken) return { authorization: `Basic ${btoa(`${user.id}:${sessionToken}`)}` };
  return {};
}

/**
 * Tells whether the person has another token than the refused one; requests refused at the same time call the delegate
 * once.
 */
async function renewed(client: Client, person: Person, refused: string): Promise<boolean> {
  if (person.jwt !== refused) return true;
  const delegate = client.delegate();
  if (!delegate.onInvalidAuth) return false;
  person.renewing ??= Promise.resolve(delegate.onInvalidAuth())
    .then((jwt) => {
      if (typeof jwt === "string" && jwt) person.jwt = jwt;
    })
    .finally(() => {
      person.renewing = undefined;
    });
  await person.renewing;
  return person.jwt !== refused;
}

/**
 * Tells whether the session was ended, or the token's user was deleted, and perhaps created anew: then a path names
 * another user's data.
 */
function isOver({ jwt, sessionToken }: Person, method: string, error: unknown): boolean {
  if (!(error instanceof SmoochError)) return false;
  const { code, status } = error;
  if (jwt) return code === "user_not_found" || (method === "GET" && code === "forbidden");
  return status === 401 && sessionToken !== undefined;
}
