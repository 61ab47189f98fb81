import { describe, expect, test } from "vitest";
import { newConversation, newUser, say } from "../support/business.ts";
import { newBot } from "../support/channelPeople.ts";
import { newWebPage } from "../support/newDevice.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import type { FaultKind } from "../support/startProxy.ts";
import { tracesOf, userIdOnChannel } from "../support/tableItems.ts";
import { unique } from "../support/unique.ts";
import { writtenLog } from "../support/watchLog.ts";

const { proxy, server } = await startProxiedServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}`;
await server.account.patch(base, { settings: { multiConvoEnabled: true } });
const page = await newWebPage(server, app);
const bot = await newBot(server, app);

/** Somebody with everything a person can have, and the words by which it would be known again. */
async function newPerson() {
  const guest = await page.visit("words");
  const externalId = unique("person");
  const claims = { email: `${externalId}@example.org`, email_verified: true };
  await page.signIn(externalId, claims, guest);
  const other = await newUser(app);
  const second = await newConversation(app, { type: "personal", participants: [{ userId: guest.appUserId }] });
  const group = await newConversation(app, {
    type: "sdkGroup",
    participants: [guest.appUserId, other.id].map((userId) => ({ userId, subscribeSDKClient: true })),
  });
  await say(app, second, "words", guest.appUserId);
  await say(app, group, `${externalId} speaks`, guest.appUserId);
  await say(app, group, "the group stays");
  const words = [guest.appUserId, externalId, guest.conversationId, second];
  return { id: guest.appUserId, externalId, claims, group, words };
}

type Person = Awaited<ReturnType<typeof newPerson>>;

/** A person whose deletion was cut off after so many calls, named by id or by externalId in turn. */
type Cut = Person & { readonly after: number; readonly path: string };

/** A person for each call of a deletion, deleted up to there and no further. */
async function cutOff(kind: FaultKind): Promise<readonly Cut[]> {
  const whole = await newPerson();
  proxy.reset();
  await app.api.delete(`${base}/users/${whole.externalId}`);
  const points = Array.from({ length: proxy.calls.length }, (_, index) => index);
  expect(points.length).toBeGreaterThan(10);
  const people = await Promise.all(points.map(newPerson));
  const cut: Cut[] = [];
  for (const [after, person] of people.entries()) {
    proxy.reset();
    proxy.fault({ kind, after });
    // By id it is a call earlier, so the last call is made for one that is named by externalId.
    const name = (people.length - after) % 2 === 0 ? person.id : encodeURIComponent(person.externalId);
    const path = `${base}/users/${name}`;
    const { status } = await app.api.delete(path);
    expect([after, status]).toEqual([after, 500]);
    cut.push({ ...person, after, path });
  }
  proxy.reset();
  return cut;
}

/** Whether a person is there: by every name, or by none. */
async function isWhole({ id, externalId, claims }: Person): Promise<boolean> {
  const named = await Promise.all([id, externalId].map((name) => app.api.get(`${base}/users/${name}`)));
  const listed = await app.api.get<{ users: object[] }>(`${base}/users?filter[identities.email]=${claims.email}`);
  const found = [...named.map((one) => one.status === 200), listed.body.users.length === 1];
  expect(new Set(found).size).toBe(1);
  return found[0] === true;
}

describe("deleteUser cut off at any call", () => {
  test.each(["refuse", "reset after"] as const)(
    "(%s) leaves a whole person or none, and a repeated call leaves nothing",
    async (kind) => {
      const cut = await cutOff(kind);
      const whole = await Promise.all(cut.map(isWhole));
      // Once gone, a person stays gone; and only the first calls precede that moment.
      expect(whole.lastIndexOf(true)).toBeLessThan(3);
      expect(whole.indexOf(false)).toBe(whole.lastIndexOf(true) + 1);
      const repeated = await Promise.all(cut.map((person) => app.api.delete(person.path)));
      // Nothing was left to do where only the last answer was lost: by id that is a call earlier than by externalId.
      const lost = kind === "refuse" ? 0 : 2;
      expect(repeated.map((one) => one.status)).toEqual(cut.map((_, index) => (index < cut.length - lost ? 200 : 404)));
      expect(
        await tracesOf(
          server,
          cut.flatMap((person) => person.words),
        ),
      ).toEqual([]);
      for (const { group } of cut)
        expect(await app.api.get(`${base}/conversations/${group}/messages`)).toMatchObject({
          body: { messages: [{ content: { text: "the group stays" } }] },
        });
    },
  );

  test("is finished by the next birth at the externalId: createUser, sdkLogin, of a guest too, or sdkCreateConversation", async () => {
    const ways = [
      ({ externalId }: Person) => app.api.post(`${base}/users`, { externalId }),
      ({ externalId, claims }: Person) => page.signIn(externalId, claims),
      async ({ externalId, claims }: Person) => page.signIn(externalId, claims, await page.visit("hello")),
      ({ externalId, claims }: Person) => page.start(externalId, claims),
    ] as const;
    const cut = await cutOff("refuse");
    const whole = await Promise.all(cut.map(isWhole));
    const gone = cut.filter((_, index) => !whole[index]);
    const born = await Promise.all(gone.map((person) => ways[person.after % ways.length]?.(person)));
    expect(born.map((one) => one?.status).every((status) => status === 200 || status === 201)).toBe(true);
    for (const { id, externalId } of gone) {
      const { body } = await app.api.get<{ user: { id: string } }>(`${base}/users/${externalId}`);
      expect(body.user.id).not.toBe(id);
    }
    const words = gone.flatMap((person) => person.words.filter((word) => word !== person.externalId));
    expect(await tracesOf(server, words)).toEqual([]);
  });

  test("is logged without a name, an externalId or an address", () => {
    expect(writtenLog().split('"fault"').length).toBeGreaterThan(20);
    expect(writtenLog()).not.toMatch(/person-[0-9a-f]|@example|words/);
  });

  test("is finished by the next message from the channel identity", async () => {
    for (let after = 0; after < 8; after++) {
      const person = String(5_000_000 + after);
      await bot.write(person, `first words of ${person}`);
      const id = (await userIdOnChannel(server, person)) ?? "";
      const listed = await app.api.get<{ conversations: [{ id: string }] }>(
        `${base}/conversations?filter[userId]=${id}`,
      );
      proxy.reset();
      proxy.fault({ kind: "refuse", after });
      await app.api.delete(`${base}/users/${id}`);
      proxy.reset();
      const whole = (await app.api.get(`${base}/users/${id}`)).status === 200;
      expect((await bot.write(person, `last words of ${person}`)).status).toBe(200);
      expect((await userIdOnChannel(server, person)) === id).toBe(whole);
      // The id itself stands on at the address, which leads to the newcomer.
      const words = [`first words of ${person}`, listed.body.conversations[0].id];
      if (!whole) expect(await tracesOf(server, words)).toEqual([]);
    }
  });
});
