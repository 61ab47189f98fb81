import { describe, expect, test } from "vitest";
import { type OperationName, type Route, routes } from "../../lib/api/routes.ts";
import { basic, type Credentials, type Reply } from "../support/caller.ts";
import { sessionHeader } from "../support/newDevice.ts";
import { bearer, signToken } from "../support/signToken.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { everyItem } from "../support/tableItems.ts";
import { unique } from "../support/unique.ts";
import { newWorld } from "../support/world.ts";

const server = await startTestServer();
const [victim, stranger] = await Promise.all([newWorld(server), newWorld(server)]);
const itemsOfVictim = async () =>
  (await everyItem(server))
    .filter((item) => item.appId === victim.app.id || JSON.stringify(item).includes(victim.app.id))
    .sort((a, b) => (`${a.pk} ${a.sk}` < `${b.pk} ${b.sk}` ? -1 : 1));
const before = await itemsOfVictim();

const tokenOfVictim = (key: Credentials) => bearer({ key }, victim.user.externalId);

/** Credentials that are somebody else's, or for something else; each a header, and who presents it. */
const credentials: Readonly<Record<string, () => string | undefined>> = {
  nobody: () => undefined,
  "a key of another account": () => basic({ id: `act_${"f".repeat(24)}`, secret: "s".repeat(43) }),
  "the account's key with another secret": () => basic({ id: server.accountKey.id, secret: stranger.app.key.secret }),
  "an account token signed by an app's key": () =>
    `Bearer ${signToken({ id: server.accountKey.id, secret: stranger.app.key.secret }, { scope: "account" })}`,
  "an app token that claims the account's scope": () => `Bearer ${signToken(victim.app.key, { scope: "account" })}`,
  "another app's key": () => basic(stranger.app.key),
  "another app's token": () => `Bearer ${signToken(stranger.app.key, { scope: "app" })}`,
  "another app's key with this app's secret": () => basic({ id: stranger.app.key.id, secret: victim.app.key.secret }),
  "another app's integration key": () => basic(stranger.integrationKey),
  "this app's key": () => basic(victim.app.key),
  "this app's integration key": () => basic(victim.integrationKey),
  "a user token of another app": () => tokenOfVictim(stranger.app.key),
  "a user token of this app's integration key": () => tokenOfVictim(victim.integrationKey),
  "a user token that names this app's key and is signed by another's": () =>
    tokenOfVictim({ id: victim.app.key.id, secret: stranger.app.key.secret }),
  "a user token of this app": () => tokenOfVictim(victim.app.key),
  "a session of another app": () => sessionHeader(stranger.guest),
  "a session of another user": () => basic({ id: victim.user.id, secret: victim.guest.sessionToken }),
};

/** Whose the credentials are that a route is for; these are no attack. */
const admitted: Readonly<Record<string, (route: Route) => boolean>> = {
  "this app's key": ({ scopes }) => scopes.includes("app"),
  "this app's integration key": ({ scopes }) => scopes.includes("integration"),
};

/** Routes that everybody may call, with what keeps strangers from doing harm there. */
const open: Partial<Record<OperationName, string>> = {
  sdkGetConfig: "names nothing but the app, for whoever knows an integration's id",
  channelWebhook: "is proven by a signature",
  getAttachment:
    "hands a public file to who knows its 160 random bits; test/functions/getAttachment.test.ts has private ones",
  getOpenApi: "says nothing of anybody",
  unknownRoute: "does nothing",
};

const rows = (Object.entries(routes) as [OperationName, Route][])
  .filter(([operation]) => open[operation] === undefined)
  .flatMap(([operation, route]) => route.routeKeys.map((routeKey) => ({ operation, route, routeKey })));
const isSdk = (operation: string) => operation.startsWith("sdk");

/** What a stranger may be told: that who they are is not known, or not enough. */
function refusals(operation: OperationName, path: string, who: string): readonly string[] {
  if (!isSdk(operation)) return ["401 unauthorized", "403 forbidden"];
  // The person of a token is known; what is asked for is not that person's.
  if (who === "a user token of this app")
    return path.includes("/appusers/") ? ["403 forbidden"] : ["404 conversation_not_found"];
  return ["401 invalid_auth", "401 unauthorized"];
}

/** An answer's status and code, whichever of the two documented forms it has. */
function codeOf({ status, body }: Reply): string {
  const { errors, error } = (body ?? {}) as { errors?: { code: string }[]; error?: { code: string } };
  return `${status} ${errors?.[0]?.code ?? error?.code}`;
}

describe("a stranger", () => {
  test.each(Object.keys(credentials))("who presents the credentials of %s is refused by every route", async (who) => {
    for (const { operation, routeKey, method, path } of attacksBy(who)) {
      const authorization = credentials[who]?.();
      const reply = await victim.anybody.send(method, path, {
        headers: {
          "x-smooch-clientid": stranger.guest.clientId,
          ...(authorization === undefined ? {} : { authorization }),
        },
        ...(method === "GET" ? {} : { body: bodyFor(operation, (await victim.device()).client) }),
      });
      expect(refusals(operation, path, who), `${routeKey}: ${reply.text}`).toContain(codeOf(reply));
      expect(
        victim.secrets.filter((secret) => reply.text.includes(secret)),
        routeKey,
      ).toEqual([]);
    }
  });

  test.each(["its own app's path", "this app's path"])(
    "finds nothing of another app by ids, under %s",
    async (under) => {
      const own = under === "its own app's path" ? stranger : victim;
      for (const { operation, routeKey, method, path, authorization } of attacksUnder(own)) {
        const reply = await stranger.anybody.send(method, path, {
          headers: { authorization, "x-smooch-clientid": stranger.guest.clientId },
          ...(method === "GET" ? {} : { body: bodyFor(operation, stranger.guest.client) }),
        });
        // A list in the stranger's own app is that app's: empty where it is about something of another's.
        if (reply.status === 200)
          expect(own === stranger && isEmptyList(reply.body), `${routeKey}: ${reply.text}`).toBe(true);
        else expect(reply.status, `${routeKey}: ${reply.text}`).toBeGreaterThanOrEqual(400);
        expect(reply.status, `${routeKey}: ${reply.text}`).toBeLessThan(500);
        expect(
          victim.secrets.filter((secret) => reply.text.includes(secret)),
          routeKey,
        ).toEqual([]);
      }
    },
  );

  test("puts nobody of another app into a conversation", async () => {
    const participants = [{ userId: victim.user.id, subscribeSDKClient: false }];
    for (const path of [`${stranger.rest}/conversations`, `${stranger.rest}/conversations/${stranger.groupId}/join`]) {
      const body = path.endsWith("join") ? participants[0] : { type: "personal", participants };
      expect(await stranger.app.api.post(path, body)).toMatchObject({
        status: 404,
        body: { errors: [{ code: "user_not_found" }] },
      });
    }
  });

  test("does not take over an anonymous user by its id, nor with another's session", async () => {
    for (const sessionToken of [unique("session"), stranger.guest.sessionToken, ""]) {
      const reply = await victim.login(unique("person"), { ...victim.guest, sessionToken });
      expect(reply.body.appUser._id).not.toBe(victim.guest.appUserId);
    }
  });

  test("has changed nothing of what others had", async () => {
    // Those who signed in meanwhile are new; everybody and everything that was there is as it was.
    const now = new Map((await itemsOfVictim()).map((item) => [`${item.pk} ${item.sk}`, item]));
    for (const item of before) expect(now.get(keyOf(item))).toEqual(item);
  });
});

const keyOf = (item: object): string => ("pk" in item && "sk" in item ? `${item.pk} ${item.sk}` : "");

const isEmptyList = (body: unknown): boolean =>
  typeof body === "object" &&
  body !== null &&
  Object.values(body).some((value) => Array.isArray(value) && value.length === 0);

/** Whether a request begins a conversation without a user: anybody may. */
const isBirth = (operation: string, path: string): boolean =>
  operation === "sdkCreateConversation" && !path.includes("/appusers/");

/** The requests that these credentials are no good for. */
const attacksBy = (who: string) =>
  rows
    .filter(({ route }) => !admitted[who]?.(route))
    .map(({ operation, routeKey }) => {
      // The guest's own conversation, so that the user of the token has no part in it.
      const named: Record<string, string> = isSdk(operation) ? { conversationId: victim.guest.conversationId } : {};
      return { operation, routeKey, ...victim.requestTo(operation, routeKey, named) };
    })
    .filter(({ operation, path }) => {
      const birth = isBirth(operation, path);
      // A person of this app may sign in as who they are.
      if (who === "a user token of this app") return !birth && operation !== "sdkLogin";
      return !birth || /token/.test(who);
    });

/** The requests of the stranger, with its own credentials, about what is the victim's, under the path of an app. */
const attacksUnder = (own: typeof victim) =>
  rows
    .filter(({ routeKey }) => own === victim || /\{(?!appId\})/.test(routeKey))
    .map(({ operation, route, routeKey }) => ({
      operation,
      routeKey,
      ...victim.requestTo(operation, routeKey, { appId: own.app.id }),
      authorization: isSdk(operation)
        ? sessionHeader(stranger.guest)
        : basic(route.scopes.includes("app") ? stranger.app.key : server.accountKey),
    }))
    // The account's own key may do everything to its apps.
    .filter(
      ({ operation, path, authorization }) =>
        own === stranger || (authorization !== basic(server.accountKey) && !isBirth(operation, path)),
    );

/** A body that an operation takes, where it would be checked before what it is about. */
const bodyFor = (operation: OperationName, client: object): object => {
  const bodies: Partial<Record<OperationName, object>> = {
    updateIntegration: { displayName: "Mine" },
    createCustomIntegrationKey: { displayName: "Mine" },
    createWebhook: { target: "https://stranger.example/", triggers: ["conversation:message"] },
    updateWebhook: { target: "https://stranger.example/" },
    joinConversation: { userId: stranger.user.id, subscribeSDKClient: true },
    leaveConversation: { userId: stranger.user.id },
    postMessage: { author: { type: "business" }, content: { type: "text", text: "Mine" } },
    postActivity: { author: { type: "business" }, type: "conversation:read" },
    sdkSendMessage: { message: { type: "text", text: "Mine" } },
    sdkTriggerPostback: { postback: { actionId: "0123456789abcdef01234567-0" } },
    sdkPostActivity: { activity: { type: "conversation:read" } },
  };
  return { client, ...bodies[operation] };
};
