import { describe, expect, test } from "vitest";
import { getItem, getItems } from "../../lib/db/readItems.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import { conversationsOf, newConversation, newPersonal, newUser, say, textsOf } from "../support/business.ts";
import { newBot, newWhatsapp } from "../support/channelPeople.ts";
import { engineEndpoint } from "../support/engineEndpoint.ts";
import { newWebPage } from "../support/newDevice.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import { everyItem, tracesOf, userIdOnChannel } from "../support/tableItems.ts";
import { unique, uniqueNumber } from "../support/unique.ts";

const { proxy, server } = await startProxiedServer();
const app = await server.newApp();
const page = await newWebPage(server, app);
const bot = await newBot(server, app);

interface Made {
  readonly user: { readonly id: string; readonly externalId?: string };
}
const users = () => `/v2/apps/${app.id}/users`;
const notFound = { status: 404, body: { errors: [{ code: "user_not_found", title: "User not found" }] } };
const verified = (email: string) => ({ email, email_verified: true });
const telegramId = () => String(7_000_000 + uniqueNumber());

describe("deleteUser", () => {
  test("a user is gone at once, by id and externalId, and a repeated call finds nobody", async () => {
    const externalId = unique("plain");
    const { body } = await app.api.post<Made>(users(), { externalId });
    expect(await app.api.delete(`${users()}/${externalId}`)).toMatchObject({ status: 200, body: {} });
    for (const name of [externalId, body.user.id]) {
      expect(await app.api.get(`${users()}/${name}`)).toMatchObject(notFound);
      expect(await app.api.delete(`${users()}/${name}`)).toMatchObject(notFound);
    }
  });

  test("the externalId is free: its next holders are new people with ids of their own", async () => {
    const externalId = unique("heir");
    const ids: string[] = [];
    for (let round = 0; round < 3; round++) {
      const { status, body } = await app.api.post<Made>(users(), { externalId });
      expect(status).toBe(201);
      ids.push(body.user.id);
      expect(await app.api.post(users(), { externalId })).toMatchObject({ status: 409 });
      expect(await app.api.get(`${users()}/${externalId}`)).toMatchObject({ body });
      expect(await app.api.delete(`${users()}/${externalId}`)).toMatchObject({ status: 200 });
    }
    const signedIn = await page.signIn(externalId);
    ids.push(signedIn.body.appUser._id);
    expect(new Set(ids).size).toBe(4);
    expect(await app.api.get(`${users()}/${externalId}`)).toMatchObject({ body: { user: { id: ids[3] } } });
    expect(await app.api.delete(`${users()}/${ids[0]}`)).toMatchObject(notFound);
    expect(await app.api.get(`${users()}/${externalId}`)).toMatchObject({ status: 200 });
  });

  test("everything of a person goes: conversations, messages, places and words in groups, email, sessions", async () => {
    const several = await server.newApp();
    await server.account.patch(`/v2/apps/${several.id}`, { settings: { multiConvoEnabled: true } });
    const web = await newWebPage(server, several);
    const guest = await web.visit("words-0");
    const externalId = unique("whole");
    const email = `${unique("whole")}@example.org`;
    await web.signIn(externalId, verified(email), guest);
    const base = `/v2/apps/${several.id}`;
    const other = await several.api.post<Made>(`${base}/users`, {});
    const second = await newConversation(several, { type: "personal", participants: [{ userId: guest.appUserId }] });
    const group = await newConversation(several, {
      type: "sdkGroup",
      participants: [
        { userId: guest.appUserId, subscribeSDKClient: true },
        { userId: other.body.user.id, subscribeSDKClient: true },
      ],
    });
    await say(several, second, "words-1", guest.appUserId);
    await say(several, second, "words-2");
    await say(several, group, "words-3", guest.appUserId);
    await say(several, group, "the other stays", other.body.user.id);
    await say(several, group, "the business stays");

    expect(await several.api.delete(`${base}/users/${externalId}`)).toMatchObject({ status: 200, body: {} });
    expect(
      await tracesOf(server, [guest.appUserId, externalId, email, guest.conversationId, second, "words-"]),
    ).toEqual([]);
    for (const id of [guest.conversationId, second])
      expect(await several.api.get(`${base}/conversations/${id}`)).toMatchObject({ status: 404 });
    expect(await several.api.get(`${base}/conversations?filter[userId]=${guest.appUserId}`)).toMatchObject(notFound);
    expect((await several.api.get(`${base}/users?filter[identities.email]=${email}`)).body).toEqual({ users: [] });
    expect(await textsOf(several, group)).toEqual(["the other stays", "the business stays"]);
    expect(await several.api.get(`${base}/conversations/${group}/participants`)).toMatchObject({
      body: { participants: [{ userId: other.body.user.id }] },
    });
    const [stored] = (await everyItem(server)).filter((item) => item.id === group && item.sk === "conversation");
    expect(stored).toMatchObject({ messageCount: 2 });
    expect(await web.signIn(unique("new"), verified(email))).toMatchObject({ status: 200 });
  });

  test("sessions and signed-in devices end", async () => {
    const guest = await page.visit("hello");
    const resume = () => guest.resume(guest);
    expect((await resume()).status).toBe(200);
    await app.api.delete(`${users()}/${guest.appUserId}`);
    expect(await resume()).toMatchObject({ status: 401, body: { error: { code: "invalid_auth" } } });
    // The session proves nobody any more: signing in with it is signing in without.
    const signedIn = await page.signIn(unique("later"), {}, guest);
    expect(signedIn.status).toBe(200);
    expect(signedIn.body.appUser._id).not.toBe(guest.appUserId);
  });

  test("a channel identity is free: whoever writes from it next is somebody new, as often as that happens", async () => {
    const person = telegramId();
    const ids: (string | undefined)[] = [];
    for (let round = 0; round < 3; round++) {
      expect((await bot.write(person, `round ${round}`)).status).toBe(200);
      const id = await userIdOnChannel(server, person);
      ids.push(id);
      const [conversationId = ""] = await conversationsOf(app, id ?? "");
      expect(await textsOf(app, conversationId)).toEqual([`round ${round}`]);
      expect(await app.api.delete(`${users()}/${id}`)).toMatchObject({ status: 200 });
      expect(await tracesOf(server, [id ?? "", person, `round ${round}`])).toEqual([]);
    }
    expect(new Set(ids).size).toBe(3);
  });

  test("a number that a person gave up stays with whoever has it now, and the person's new one is free", async () => {
    const chat = await newWhatsapp(server, app);
    const [old, changed] = [telegramId(), telegramId()];
    await chat.write(old, "from the old number");
    const mover = await userIdOnChannel(server, old);
    await chat.change(old, changed);
    await chat.write(old, "from whoever has it now");
    const heir = await userIdOnChannel(server, old);
    expect(await userIdOnChannel(server, changed)).toBe(mover);
    expect(heir).not.toBe(mover);
    await app.api.delete(`${users()}/${mover}`);
    await chat.write(old, "still the same");
    expect(await userIdOnChannel(server, old)).toBe(heir);
    await chat.write(changed, "somebody new");
    expect([mover, heir, undefined]).not.toContain(await userIdOnChannel(server, changed));
    // And the other way: at the address where a user lives, the heir goes and leaves it to the next.
    await chat.write(old, "and again");
    await app.api.delete(`${users()}/${heir}`);
    await chat.write(old, "the third");
    expect([mover, heir, undefined]).not.toContain(await userIdOnChannel(server, old));
  });

  test("a channel identity whose first user lives on elsewhere is free when its heir goes", async () => {
    const chat = await newWhatsapp(server, app);
    const [old, changed] = [telegramId(), telegramId()];
    await chat.write(old, "from the old number");
    const mover = await userIdOnChannel(server, old);
    await chat.change(old, changed);
    await chat.write(old, "from the heir");
    const heir = await userIdOnChannel(server, old);
    await app.api.delete(`${users()}/${heir}`);
    expect(await app.api.get(`${users()}/${mover}`)).toMatchObject({ status: 200 });
    expect(await tracesOf(server, [heir ?? "", "from the heir"])).toEqual([]);
    await chat.write(old, "the third");
    expect([mover, heir, undefined]).not.toContain(await userIdOnChannel(server, old));
    await chat.write(changed, "the first, still");
    expect(await userIdOnChannel(server, changed)).toBe(mover);
  });

  test("linked and pending channel identities are free, and what waits for a person waits no more", async () => {
    const chat = await newWhatsapp(server, app);
    const { body } = await app.api.post<Made>(users(), { externalId: unique("linked") });
    const conversationId = await newConversation(app, { type: "personal", participants: [{ userId: body.user.id }] });
    const [linked, stranger, pending] = ["15145550101", "15145550102", "15145550103"];
    await chat.write(stranger, "I was here before");
    const before = await userIdOnChannel(server, stranger);
    const confirmations = { [linked]: "immediate", [stranger]: "prompt", [pending]: "prompt" };
    for (const [number, type] of Object.entries(confirmations))
      expect(
        await app.api.post(`${users()}/${body.user.id}/clients`, {
          matchCriteria: { type: "whatsapp", integrationId: chat.id, phoneNumber: `+${number}` },
          confirmation: { type },
          target: { conversationId },
        }),
      ).toMatchObject({ status: 201 });
    expect(await app.api.delete(`${users()}/${body.user.id}`)).toMatchObject({ status: 200 });
    expect(await tracesOf(server, [body.user.id, conversationId])).toEqual([]);
    for (const number of [linked, stranger, pending]) await chat.write(number, "hello");
    expect(await userIdOnChannel(server, stranger)).toBe(before);
    for (const number of [linked, pending])
      expect([body.user.id, before, undefined]).not.toContain(await userIdOnChannel(server, number));
  });

  test("a merge that was not finished is taken in first", async () => {
    const externalId = unique("merged");
    await page.signIn(externalId);
    const guests = [await page.visit("words-a"), await page.visit("words-b")];
    // The messages of the second move into the conversation of the first after the merge, beginning with a query.
    proxy.fault({ kind: "refuse", action: "Query" });
    const statuses: number[] = [];
    for (const guest of guests) statuses.push((await page.signIn(externalId, {}, guest)).status);
    proxy.fault(undefined);
    expect(statuses).toEqual([200, 500]);
    const { body } = await app.api.get<Made>(`${users()}/${externalId}`);
    // As an interruption after the first step leaves it: the conversation that survives says what is left to move.
    const [kept] = (await everyItem(server)).filter(
      (item) => item.sk === "conversation" && Object.hasOwn(item.participants as object, body.user.id),
    );
    expect(kept?.absorbing).toBeInstanceOf(Set);
    await app.api.delete(`${users()}/${externalId}`);
    const left = await tracesOf(server, [body.user.id, externalId, "words-a", "words-b", String(kept?.id)]);
    // What is left of those who were merged away are addresses that lead nowhere.
    const address = (id: string) => ({
      pk: `user#${app.id}#${id}`,
      sk: "user",
      kind: "redirect",
      userId: body.user.id,
      // Ids alone.
      merge: expect.stringMatching(/^[\w{}":,]+$/),
    });
    // And, for a day, where their conversations went.
    const mark = {
      pk: expect.stringContaining(`conversation#${app.id}#`),
      sk: "conversation",
      mergedInto: kept?.id,
      participants: {},
      expiresAt: expect.any(Number),
    };
    const marks = left.filter(({ sk }) => sk === "conversation");
    for (const one of marks) expect(one).toEqual(mark);
    expect(left).toHaveLength(guests.length + marks.length);
    expect(left).toEqual(expect.arrayContaining(guests.map((guest) => address(guest.appUserId))));
    for (const guest of guests) expect(await app.api.get(`${users()}/${guest.appUserId}`)).toMatchObject(notFound);
  });

  test("a message that a merged-away guest left in a group goes too", async () => {
    const several = await server.newApp();
    const web = await newWebPage(server, several);
    const guest = await web.visit("hello");
    const base = `/v2/apps/${several.id}`;
    const group = await newConversation(several, {
      type: "sdkGroup",
      participants: [{ userId: guest.appUserId, subscribeSDKClient: true }],
    });
    await several.api.post(`${base}/conversations/${group}/messages`, {
      author: { type: "user", userId: guest.appUserId },
      content: { type: "text", text: "words-before" },
    });
    const externalId = unique("joined");
    await web.signIn(externalId);
    await web.signIn(externalId, {}, guest);
    expect(await several.api.delete(`${base}/users/${externalId}`)).toMatchObject({ status: 200 });
    expect(await several.api.get(`${base}/conversations/${group}/messages`)).toMatchObject({ body: { messages: [] } });
  });

  test("what somebody said in a group before being merged goes with the survivor alone, whoever has the address now", async () => {
    const chat = await newWhatsapp(server, app);
    const link = async (userId: string, conversationId: string, number: string) =>
      app.api.post(`${users()}/${userId}/clients`, {
        matchCriteria: { type: "whatsapp", integrationId: chat.id, phoneNumber: `+${number}` },
        confirmation: { type: "immediate" },
        target: { conversationId },
      });
    for (const lost of ["kept", "before the merge", "after the merge"]) {
      const [person, number] = [telegramId(), `1514557${String(uniqueNumber()).padStart(4, "0")}`];
      await bot.write(person, "hello");
      const speaker = (await userIdOnChannel(server, person)) ?? "";
      const other = await newUser(app);
      const group = await newConversation(app, {
        type: "sdkGroup",
        participants: [speaker, other.id].map((userId) => ({ userId, subscribeSDKClient: false })),
      });
      await say(app, group, "words", speaker);
      await link(speaker, (await conversationsOf(app, speaker))[0] ?? "", number);
      const { user: survivor, conversationId } = await newPersonal(app);
      const removeBot = async (userId: string) => {
        const { body } = await app.api.get<{ clients: { id: string; type: string }[] }>(`${users()}/${userId}/clients`);
        const client = body.clients.find(({ type }) => type === "telegram");
        expect(await app.api.delete(`${users()}/${userId}/clients/${client?.id}`)).toMatchObject({ status: 200 });
        // Somebody else has the address from now on, and is in the group as well.
        await bot.write(person, "somebody else");
        const heir = (await userIdOnChannel(server, person)) ?? "";
        await app.api.post(`/v2/apps/${app.id}/conversations/${group}/join`, {
          userId: heir,
          subscribeSDKClient: false,
        });
        return heir;
      };
      let heir = lost === "before the merge" ? await removeBot(speaker) : undefined;
      expect(await link(survivor.id, conversationId, number)).toMatchObject({ status: 201 });
      if (lost === "after the merge") heir = await removeBot(survivor.id);
      if (heir) await app.api.delete(`${users()}/${heir}`);
      expect(await textsOf(app, group)).toEqual(["words"]);
      expect(await app.api.delete(`${users()}/${survivor.id}`)).toMatchObject({ status: 200 });
      expect(await textsOf(app, group)).toEqual([]);
    }
  });

  test.each(["a/b", "a/b/c", "what/personalinformation/not", "👋🏽/%2F?"])(
    "the user of externalId %j is found and deleted",
    async (externalId) => {
      await app.api.post(users(), { externalId });
      const path = `${users()}/${encodeURIComponent(externalId)}`;
      expect(await app.api.delete(path)).toMatchObject({ status: 200, body: {} });
      expect(await app.api.delete(path)).toMatchObject(notFound);
    },
  );

  test("of two brands' users with one externalId only the brand's is deleted", async () => {
    const externalId = unique("branded");
    for (const brandId of ["1", "2"]) await app.api.post(users(), { externalId, brandId });
    expect(await app.api.delete(`${users()}/${externalId}`)).toMatchObject(notFound);
    expect(await app.api.delete(`${users()}/${externalId}?brandId=1`)).toMatchObject({ status: 200 });
    expect(await app.api.get(`${users()}/${externalId}?brandId=1`)).toMatchObject(notFound);
    expect(await app.api.get(`${users()}/${externalId}?brandId=2`)).toMatchObject({ status: 200 });
    expect(await app.api.post(users(), { externalId, brandId: "1" })).toMatchObject({ status: 201 });
  });

  test("another app's user is not found", async () => {
    const other = await server.newApp();
    const { body } = await other.api.post<Made>(`/v2/apps/${other.id}/users`, { externalId: "theirs" });
    for (const name of [body.user.id, "theirs"])
      expect(await app.api.delete(`${users()}/${name}`)).toMatchObject(notFound);
    expect(await other.api.get(`/v2/apps/${other.id}/users/theirs`)).toMatchObject({ status: 200 });
  });

  test("more messages than one call deletes go all", async () => {
    const { body } = await app.api.post<Made>(users(), {});
    const id = await newConversation(app, { type: "personal", participants: [{ userId: body.user.id }] });
    for (let round = 0; round < 4; round++)
      await Promise.all(Array.from({ length: 15 }, () => say(app, id, "words-many", body.user.id)));
    expect(await app.api.delete(`${users()}/${body.user.id}`)).toMatchObject({ status: 200 });
    expect(await tracesOf(server, ["words-many", body.user.id])).toEqual([]);
  });
});

describe("deleteUser of a person with more addresses than a transaction holds", () => {
  test("none leads anywhere, those of others stay, and somebody who writes before all are vacated is somebody new", async () => {
    const { openDb } = await import("../../lib/db/db.ts");
    const { userItem, redirectItem } = await import("../../lib/db/items/userItem.ts");
    const { channelAddress, deletionKey, userKey } = await import("../../lib/db/keys.ts");
    const table = openDb(server.tableName, engineEndpoint());
    const [salt] = (await everyItem(server)).flatMap((item) =>
      item.sk === `app#${app.id}` ? [String(item.salt)] : [],
    );
    const { body } = await app.api.post<Made>(users(), { externalId: unique("known") });
    const userId = body.user.id;
    const ids = Array.from({ length: 250 }, () => telegramId());
    const [first = "", ...aliases] = ids;
    const addressOf = (id: string) => channelAddress(salt ?? "", bot.id, id);
    const [owned = "", lived = ""] = aliases;
    const [stranger, dweller] = ["e".repeat(24), addressOf(lived)];
    const stamps = { lastSeen: "2026-01-01T00:00:00.000Z", linkedAt: "2026-01-01T00:00:00.000Z" };
    const client = {
      id: "c".repeat(24),
      type: "telegram",
      status: "active",
      integrationId: bot.id,
    } as const;
    const user = (id: string) => ({
      id,
      appId: app.id,
      authenticated: false,
      signedUpAt: stamps.lastSeen,
      profile: {},
      metadata: {},
      identities: [],
      devices: [],
      clients: [],
    });
    const place = { userId, clientId: client.id, conversationId: undefined };
    await putItem(
      table,
      userItem({
        ...user(userId),
        externalId: body.user.externalId ?? "",
        clients: [{ ...client, ...stamps, externalId: first, aliases }],
      }),
    );
    for (const id of ids) await putItem(table, redirectItem(app.id, addressOf(id), place));
    // One of them is another's by now, and at one another user lives who gave it up.
    await putItem(table, redirectItem(app.id, addressOf(owned), { ...place, userId: stranger }));
    await putItem(table, userItem(user(dweller), place));

    const { startProxy } = await import("../support/startProxy.ts");
    const proxy = await startProxy(engineEndpoint());
    const { deleteUser } = await import("../../lib/users/delete/deleteUser.ts");
    const proxied = openDb(server.tableName, proxy.endpoint);
    proxy.fault({ kind: "refuse", action: "PutItem" });
    await expect(
      // A deletion reads nothing of an app but its id and salt.
      deleteUser({ db: proxied }, { id: app.id, salt: salt ?? "" } as never, userId),
    ).rejects.toThrow();
    await proxy.close();

    expect(await app.api.get(`${users()}/${userId}`)).toMatchObject(notFound);
    expect(await getItem(table, deletionKey(app.id, userId))).toBeDefined();
    const last = ids.at(-1) ?? "";
    expect(await getItem(table, userKey(app.id, addressOf(last)))).toMatchObject({ kind: "redirect", userId });
    expect((await bot.write(last, "it is me")).status).toBe(200);
    const newcomer = await userIdOnChannel(server, last);
    expect(newcomer).not.toBe(userId);
    expect(await getItem(table, userKey(app.id, addressOf(last)))).toMatchObject({
      kind: "redirect",
      userId: newcomer,
    });

    expect(await app.api.delete(`${users()}/${userId}`)).toMatchObject({
      status: expect.toSatisfy((code) => [200, 404].includes(code)),
    });
    expect(await getItem(table, deletionKey(app.id, userId))).toBeUndefined();
    const standing = await getItems(
      table,
      ids.slice(0, 99).map((id) => userKey(app.id, addressOf(id))),
    );
    const more = await Promise.all(ids.slice(99).map((id) => getItem(table, userKey(app.id, addressOf(id)))));
    const kinds = [...standing, ...more].map((item) =>
      item?.kind === "vacancy" ? "vacancy" : `${item?.kind} ${item?.userId ?? item?.heir}`,
    );
    expect(kinds).toEqual(
      ids.map((id) =>
        id === owned
          ? `redirect ${stranger}`
          : id === lived
            ? "user undefined"
            : id === last
              ? `redirect ${newcomer}`
              : "vacancy",
      ),
    );
  });
});
