import type { Browser } from "./browser.ts";
import type { Person } from "./person.ts";
import { randomHex } from "./randomHex.ts";
import { isRefusal, SmoochError } from "./SmoochError.ts";
import type { SdkStorage } from "./storage.ts";
import type { createTransport } from "./transport.ts";
import type { Delegate } from "./types.ts";
import { VERSION } from "./version.ts";
import type { WireConfig } from "./wire.ts";

const MAX_RENEWALS = 5;

interface CallOptions {
  body?: unknown;
  /** Makes the repetitions of a creating request one operation. */
  idempotencyKey?: string;
  /** `false` for requests that are worthless when late. */
  retry?: boolean;
  /** `false`: a refused token is not renewed. */
  renew?: boolean;
}

/** The protocol's requests, in the name of a person. */
export type Api = ReturnType<typeof createApi>;

/** `ended` is told of a person whom the server knows no longer. */
export function createApi(
  browser: Browser,
  integrationId: string,
  storage: SdkStorage,
  transport: ReturnType<typeof createTransport>,
  delegate: () => Delegate,
  ended: (who: Person) => void,
) {
  let config: WireConfig["config"];

  /** Read each time: another tab of the same device may have chosen the id. */
  function clientId(): string {
    const known = storage.get("clientId");
    if (known) return known;
    const fresh = randomHex();
    storage.set("clientId", fresh);
    return fresh;
  }

  function sdkHeaders(appId: string): Record<string, string> {
    return { "x-smooch-sdk": `web/sunroom/${VERSION}`, "x-smooch-appid": appId, "x-smooch-clientid": clientId() };
  }

  function credentials({ jwt, user, sessionToken }: Person): Record<string, string> {
    if (jwt) return { authorization: `Bearer ${jwt}` };
    if (user && sessionToken) return { authorization: `Basic ${btoa(`${user.id}:${sessionToken}`)}` };
    return {};
  }

  /** Whether `who` has another token than the refused one; requests refused at the same time ask the delegate once. */
  async function renewed(who: Person, refused: string): Promise<boolean> {
    if (who.jwt !== refused) return true;
    const asked = delegate();
    if (!asked.onInvalidAuth) return false;
    who.renewing ??= Promise.resolve(asked.onInvalidAuth())
      .then((jwt) => {
        if (typeof jwt === "string" && jwt) who.jwt = jwt;
      })
      .finally(() => {
        who.renewing = undefined;
      });
    await who.renewing;
    return who.jwt !== refused;
  }

  /** Whether the session was ended; or the token's user was deleted, and perhaps made anew: then what a path names is somebody else's. */
  function isOver({ jwt, sessionToken }: Person, method: string, error: unknown): boolean {
    if (!(error instanceof SmoochError)) return false;
    const { code, status } = error;
    if (jwt) return code === "user_not_found" || (method === "GET" && code === "forbidden");
    return status === 401 && sessionToken !== undefined;
  }

  return {
    /** Fetches the configuration, which says where the API is. */
    async configure(configBaseUrl: string): Promise<WireConfig["config"]> {
      const answer = await transport.send({
        method: "GET",
        url: `${configBaseUrl.replace(/\/{1,16}$/, "")}/v2/integrations/${encodeURIComponent(integrationId)}/config`,
        headers: sdkHeaders(""),
      });
      const given = (answer as WireConfig | undefined)?.config;
      if (!given?.app || !given.baseUrl?.web) {
        throw new SmoochError("invalid_config", `There is no configuration at ${configBaseUrl}.`);
      }
      if (given.app.status && given.app.status !== "active") {
        throw new SmoochError("unauthorized", "The app is not active.", 401);
      }
      config = given;
      transport.follow(config.restRetryPolicy);
      return config;
    },
    clientId,
    /** This browser, as requests describe it. */
    device() {
      const { location, document, navigator } = browser;
      return {
        platform: "web",
        id: clientId(),
        integrationId,
        info: {
          vendor: "sunroom",
          sdkVersion: VERSION,
          URL: location.host,
          userAgent: navigator.userAgent,
          referrer: document.referrer,
          browserLanguage: navigator.language,
          // Without query and fragment, where pages carry secrets.
          currentUrl: location.origin + location.pathname,
          currentTitle: document.title,
        },
      };
    },
    /** One request. A refused token is renewed by the delegate, at most five times; the end of a person is reported. */
    async call(who: Person, method: string, path: string, options: CallOptions = {}): Promise<unknown> {
      const { body, idempotencyKey, retry = true, renew = true } = options;
      for (let renewals = 0; ; renewals++) {
        const { jwt } = who;
        try {
          return await transport.send({
            method,
            url: `${config.baseUrl.web.replace(/\/{1,16}$/, "")}/v2/apps/${config.app._id}${path}`,
            headers: {
              ...sdkHeaders(config.app._id),
              ...credentials(who),
              ...(idempotencyKey && { "idempotency-key": idempotencyKey }),
            },
            body,
            retry,
          });
        } catch (error) {
          if (isOver(who, method, error)) ended(who);
          if (!isRefusal(error, 401)) throw error;
          // A delegate that fails leaves the server's refusal as the reason.
          const again = jwt && renew && renewals < MAX_RENEWALS && (await renewed(who, jwt).catch(() => false));
          if (!again) throw error;
        }
      }
    },
  };
}
