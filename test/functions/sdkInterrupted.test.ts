import { beforeEach, describe, expect, test } from "vitest";
import {
  conversationsOf,
  newIntegration,
  newMultiApp,
  participantsOf,
  seenByBusiness,
  textsOf,
} from "../support/business.ts";
import { type Device, newDevice, type Session } from "../support/newDevice.ts";
import { bearer } from "../support/signToken.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import { unique } from "../support/unique.ts";
import { writtenLog } from "../support/watchLog.ts";

/**
 * A sign-in that dies at each of its calls to DynamoDB in turn, from there on for good, as when a Lambda ends: the
 * engine does what it was asked, more than once because the answer is lost, and hears nothing further. The person calls
 * once more, and everything is in its place.
 */

const { proxy, server } = await startProxiedServer();
const app = await server.newApp();
const single = { app, integrationId: await newIntegration(app) };
const several = await newMultiApp(server);
// What every call needs is known from here on.
for (const { app, integrationId } of [single, several])
  await newDevice(server, app, integrationId).login(unique("someone"));
beforeEach(() => proxy.reset());

/** A moment before a call that may be interrupted, the call, and what must be true once it was repeated. */
interface Scene {
  readonly act: () => Promise<{ status: number }>;
  readonly check: () => Promise<void>;
}

async function begin({ app, integrationId }: typeof single) {
  const externalId = unique("someone");
  const browser = newDevice(server, app, integrationId);
  const as = bearer(app, externalId);
  /** Everything of the person, wherever it is now. */
  const expectAll = async (userId: string, said: readonly string[], conversations: number, anonymous?: Session) => {
    expect(await seenByBusiness(app, externalId)).toMatchObject({ id: userId, externalId, authenticated: true });
    const listed = await browser.call("GET", `/appusers/${userId}/conversations`, { as });
    expect(listed.body.conversations).toHaveLength(conversations);
    const texts: string[] = [];
    for (const { _id } of listed.body.conversations) {
      expect(await participantsOf(app, _id)).toEqual([userId]);
      texts.push(...(await browser.texts(_id, as)));
    }
    expect(texts.sort()).toEqual([...said].sort());
    if (!anonymous) return;
    expect((await browser.resume(anonymous)).status).toBe(401);
    if (anonymous.appUserId !== userId) expect(await seenByBusiness(app, anonymous.appUserId)).toBe(404);
  };
  return { app, externalId, browser, as, expectAll };
}

async function known(at: typeof single, phone: Device, externalId: string, as: string) {
  const made = await phone.call("POST", "/appusers", { body: { client: phone.client, userId: externalId }, as });
  await phone.say(made.body.conversations[0]?._id ?? "", "on the phone", as);
  return { userId: made.body.appUser._id, at };
}

const scenes: Readonly<Record<string, () => Promise<Scene>>> = {
  "of a new user": async () => {
    const { browser, externalId, app, expectAll } = await begin(single);
    return {
      act: () => browser.login(externalId),
      check: async () => {
        const found = await seenByBusiness(app, externalId);
        if (typeof found === "number") throw new Error("There is no user.");
        await expectAll(found.id, [], 0);
      },
    };
  },
  "of a known user on another device": async () => {
    const { browser, externalId, as, expectAll } = await begin(single);
    const { userId } = await known(single, newDevice(server, single.app, single.integrationId), externalId, as);
    return { act: () => browser.login(externalId), check: () => expectAll(userId, ["on the phone"], 1) };
  },
  "that upgrades an anonymous user": async () => {
    const { browser, externalId, expectAll } = await begin(single);
    const session = await browser.begin();
    await browser.say(session.conversationId, "before", session);
    return {
      act: () => browser.login(externalId, session),
      check: () => expectAll(session.appUserId, ["before"], 1, session),
    };
  },
  "that merges two histories into one": async () => {
    const { browser, externalId, as, expectAll } = await begin(single);
    const { userId } = await known(single, newDevice(server, single.app, single.integrationId), externalId, as);
    const session = await browser.begin();
    for (const text of ["one", "two"]) await browser.say(session.conversationId, text, session);
    return {
      act: () => browser.login(externalId, session),
      check: () => expectAll(userId, ["on the phone", "one", "two"], 1, session),
    };
  },
  "that merges a user with several conversations": async () => {
    const { browser, externalId, as, expectAll } = await begin(several);
    const { userId } = await known(several, newDevice(server, several.app, several.integrationId), externalId, as);
    const session = await browser.begin();
    await browser.say(session.conversationId, "first", session);
    for (const text of ["second"])
      await browser.call("POST", `/appusers/${session.appUserId}/conversations`, {
        body: { client: browser.client, messages: [{ type: "text", text }] },
        as: session,
      });
    return {
      act: () => browser.login(externalId, session),
      check: () => expectAll(userId, ["on the phone", "first", "second"], 3, session),
    };
  },
  "with the first conversation": async () => {
    const { app, browser, externalId, as, expectAll } = await begin(single);
    const body = {
      client: browser.client,
      userId: externalId,
      givenName: "Ann",
      conversation: { messages: [{ type: "text", text: "Hello" }] },
    };
    return {
      act: () => browser.call("POST", "/appusers", { body, as }),
      check: async () => {
        const found = await seenByBusiness(app, externalId);
        if (typeof found === "number") throw new Error("There is no user.");
        expect(found.profile).toEqual({ givenName: "Ann" });
        await expectAll(found.id, ["Hello"], 1);
      },
    };
  },
};

describe("a sign-in that is cut off", () => {
  test.each(Object.keys(scenes))(
    "%s is complete after the next call, whichever call it died at",
    async (name) => {
      const prepare = scenes[name];
      if (!prepare) throw new Error("no such scene");
      const whole = await prepare();
      proxy.reset();
      expect((await whole.act()).status).toBeLessThan(300);
      const calls = proxy.calls.length;
      expect(calls).toBeGreaterThan(0);
      await whole.check();
      for (let after = 0; after < calls; after++) {
        const scene = await prepare();
        proxy.fault({ kind: "reset after", after });
        expect((await scene.act()).status).toBe(500);
        proxy.fault(undefined);
        expect((await scene.act()).status).toBeLessThan(300);
        await scene.check();
      }
    },
    60_000,
  );
});

test("a merge that was cut off is finished by whoever calls next, the business too", async () => {
  const { app, browser, externalId, as } = await begin(single);
  const { userId } = await known(single, newDevice(server, app, single.integrationId), externalId, as);
  const session = await browser.begin();
  await browser.say(session.conversationId, "in the browser", session);
  // The merge itself is the transaction; what moves afterwards is cut off.
  proxy.fault({ kind: "reset after", action: "TransactWriteItems" });
  expect((await browser.login(externalId, session)).status).toBe(500);
  proxy.fault(undefined);
  const [conversationId = "", ...others] = await conversationsOf(app, userId);
  expect(others).toEqual([]);
  expect(await textsOf(app, conversationId)).toEqual(["on the phone", "in the browser"]);
  expect(await seenByBusiness(app, session.appUserId)).toBe(404);
});

test("what was logged of failing sign-ins names nobody, and holds no text and no token", () => {
  expect(writtenLog()).toContain('"fault"');
  expect(writtenLog()).not.toMatch(/someone-|on the phone|eyJ|Bearer|Basic|Ann"/);
});
