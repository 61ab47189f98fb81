import { describe, expect, test } from "vitest";
import { type Route, routes } from "../../lib/api/routes.ts";
import { findWebhooks } from "../../lib/apps/webhooks.ts";
import { openDb } from "../../lib/db/db.ts";
import { deletedAppKey, messageKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import { importFunction } from "../../lib/local/server.ts";
import { newUser } from "../support/business.ts";
import { basic } from "../support/caller.ts";
import { sessionHeader } from "../support/newDevice.ts";
import { putAll } from "../support/newTable.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import type { FaultKind } from "../support/startProxy.ts";
import { withItsRights } from "../support/tableAccess.ts";
import { everyItem } from "../support/tableItems.ts";
import { freshId } from "../support/unique.ts";
import { newWorld, type World } from "../support/world.ts";

const { proxy, server } = await startProxiedServer();
const db = openDb(server.tableName, server.endpoint);

/** An app in which everything stands that can: with links, addresses and emails, people merged and people deleted. */
async function newCrowd(): Promise<World> {
  const world = await newWorld(server);
  const { app, rest, user } = world;
  await world.write(4711, 1, "Is the shop open?");
  await world.login(user.externalId, await world.born("Before signing in"));
  await (await world.web()).signIn("mailed", { email: `${freshId()}@example.org`, email_verified: true });
  const twilio = await app.api.post<{ integration: { id: string } }>(`${rest}/integrations`, {
    type: "twilio",
    accountSid: `AC${"0".repeat(32)}`,
    authToken: "0".repeat(32),
    phoneNumberSid: `PN${"0".repeat(32)}`,
    phoneNumber: "+15145550100",
  });
  const linked = await app.api.post(`${rest}/users/${user.externalId}/clients`, {
    matchCriteria: { type: "twilio", integrationId: twilio.body.integration?.id, phoneNumber: "+15145550199" },
    confirmation: { type: "userActivity" },
    target: { conversationId: world.conversationId },
  });
  expect([twilio.status, linked.status], linked.text).toEqual([201, 201]);
  const gone = await newUser(app);
  expect(await app.api.delete(`${rest}/users/${gone.id}`)).toMatchObject({ status: 200 });
  return world;
}

const kindsOf = (items: readonly { pk?: string }[]) => [...new Set(items.map(({ pk }) => pk?.split("#")[0]))].sort();
const itemsOf = async ({ app }: World) =>
  (await everyItem(server)).filter((item) => JSON.stringify(item).includes(app.id));
/** The minutes after which an app with webhooks is erased. */
const due = 31;
const minutesLater = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

/** Invokes the worker as its schedule does, with time for so many pages of the table; answers whether it failed. */
async function erase(time = minutesLater(due), pages = Number.POSITIVE_INFINITY): Promise<"done" | "failed"> {
  const worker = withItsRights("eraseDeletedApps", await importFunction("eraseDeletedApps"));
  let left = pages;
  const context = { awsRequestId: "1", getRemainingTimeInMillis: () => (left-- > 0 ? 60_000 : 0) };
  try {
    await worker({ time }, context);
    return "done";
  } catch {
    return "failed";
  }
}
const deleteApp = (world: World) => server.account.delete(world.rest);

describe("deleteApp", () => {
  test("ends everything of the app at once, at every route", async () => {
    const world = await newCrowd();
    expect(await deleteApp(world)).toMatchObject({ status: 200, body: {} });
    // What is not served is answered the same whether an app is there or not.
    const served = Object.entries<Route>(routes).flatMap(([operation, { routeKeys }]) =>
      routeKeys
        .filter((routeKey) => routeKey.includes("{") && operation !== "unknownRoute")
        .map((routeKey) => ({ operation, routeKey })),
    );
    for (const { operation, routeKey } of served) {
      const { method, path } = world.requestTo(operation, routeKey);
      const authorizations = operation.startsWith("sdk")
        ? [sessionHeader(world.guest), world.bearer(world.user.externalId)]
        : [basic(server.accountKey), basic(world.app.key), basic(world.integrationKey)];
      for (const authorization of authorizations) {
        const headers = { authorization, "x-smooch-clientid": world.guest.clientId };
        const { status, text } = await world.anybody.send(method, path, { headers });
        expect([401, 403, 404], `${routeKey}: ${text}`).toContain(status);
        expect(world.secrets.filter((secret) => text.includes(secret))).toEqual([]);
      }
    }
    const { body } = await server.account.get<{ apps: { id: string }[] }>("/v2/apps?page[size]=100");
    expect(body.apps.map(({ id }) => id)).not.toContain(world.app.id);
    expect(await deleteApp(world)).toMatchObject({ status: 404, body: { errors: [{ code: "app_not_found" }] } });
  });

  test("leaves nothing of the app in the table in the end, and everything of others", async () => {
    const [world, other] = [await newCrowd(), await newCrowd()];
    const kept = await itemsOf(other);
    expect(kindsOf(await itemsOf(world))).toEqual(
      ["app", "apps", "birth", "conversation", "email", "integration", "key", "link", "user", "webhooks"].sort(),
    );
    await deleteApp(world);
    expect(await erase()).toBe("done");
    expect(await itemsOf(world)).toEqual([]);
    expect(await itemsOf(other)).toEqual(kept);
  });

  test("keeps its webhooks until what happened before is told", async () => {
    const world = await newCrowd();
    await deleteApp(world);
    const { webhooks, deletedAt } = (await findWebhooks({ db }, [world.app.id])).get(world.app.id) ?? {};
    expect(webhooks?.map(({ id, secret }) => ({ id, secret }))).toEqual([
      { id: world.webhook.id, secret: world.webhook.secret },
    ]);
    expect(Date.now() - Date.parse(deletedAt ?? "")).toBeLessThan(60_000);
    expect(await erase()).toBe("done");
    expect(await findWebhooks({ db }, [world.app.id])).toEqual(new Map());
  });

  test("waits until no Lambda remembers the app: two minutes without webhooks", async () => {
    const app = await server.newApp();
    const user = await newUser(app);
    expect(await server.account.delete(`/v2/apps/${app.id}`)).toMatchObject({ status: 200 });
    const left = async () => JSON.stringify(await everyItem(server)).includes(user.id);
    expect(await erase(minutesLater(1.5))).toBe("done");
    expect(await left()).toBe(true);
    expect(await erase(minutesLater(3))).toBe("done");
    expect(await left()).toBe(false);
  });

  test("waits until no Lambda remembers the app, and deletes what was written until then", async () => {
    const world = await newCrowd();
    await deleteApp(world);
    const before = (await itemsOf(world)).length;
    expect(await erase(minutesLater(29))).toBe("done");
    expect((await itemsOf(world)).length).toBe(before);
    const late = freshId();
    await putItem(db, { pk: `user#${world.app.id}#${late}`, sk: "user", kind: "user" });
    await putItem(db, { pk: `integration#${late}`, sk: "integration", id: late, appId: world.app.id });
    await putItem(db, { pk: `key#int_${late}`, sk: "key", id: `int_${late}`, appId: world.app.id });
    expect(await erase()).toBe("done");
    expect(await itemsOf(world)).toEqual([]);
  });

  test("goes on the next time where the table is too large for one, for every app that was deleted meanwhile", async () => {
    const [world, next] = [await newCrowd(), await newCrowd()];
    await Promise.all(
      Array.from({ length: 8 }, () => freshId()).map((conversationId) =>
        putAll(
          db,
          Array.from({ length: 5 }, () => ({
            ...messageKey(world.app.id, conversationId, freshId()),
            text: "x".repeat(90_000),
          })),
        ),
      ),
    );
    await deleteApp(world);
    // The page before which it is asked, and one more.
    expect(await erase(minutesLater(due), 1)).toBe("done");
    const note = await getItem(db, deletedAppKey(world.app.id));
    expect(note?.cursor).toEqual({ pk: expect.any(String), sk: expect.any(String) });
    await deleteApp(next);
    let turns = 0;
    for (let left = true; left; turns++) {
      expect(await erase(minutesLater(due), 2)).toBe("done");
      left = (await itemsOf(world)).length + (await itemsOf(next)).length > 0;
    }
    expect(turns).toBeGreaterThan(1);
  });
});

describe("deleteApp cut off at any call", () => {
  test.each<FaultKind>(["refuse", "reset after"])(
    "(%s) is finished by a repeated call, and what follows by the next turn",
    async (kind) => {
      const whole = await newCrowd();
      proxy.reset();
      await deleteApp(whole);
      const calls = proxy.calls.length;
      expect(calls).toBeGreaterThan(4);
      for (let after = 0; after < calls; after++) {
        const world = await newCrowd();
        proxy.reset();
        proxy.fault({ kind, after });
        const cut = await deleteApp(world);
        proxy.reset();
        if (cut.status === 500) expect([200, 404]).toContain((await deleteApp(world)).status);
        expect(await server.account.get(world.rest)).toMatchObject({ status: 404 });
        // The key may be remembered for a minute where the answer was lost; it opens nothing.
        expect([401, 404]).toContain((await world.app.api.get(world.rest)).status);
        expect(kindsOf(await itemsOf(world))).not.toContain("integration");
      }
      proxy.reset();
      const items = (await everyItem(server)).length;
      expect(await erase()).toBe("done");
      const counted = proxy.calls.length;
      expect((await everyItem(server)).length).toBeLessThan(items);
      for (let after = 0; after < counted; after++) {
        const world = await newCrowd();
        await deleteApp(world);
        proxy.reset();
        proxy.fault({ kind, after });
        await erase();
        proxy.reset();
        expect(await erase()).toBe("done");
        expect(await itemsOf(world)).toEqual([]);
      }
    },
  );
});
