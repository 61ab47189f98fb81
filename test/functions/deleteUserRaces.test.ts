import { describe, expect, test } from "vitest";
import { namesInUserKey } from "../../lib/db/keys.ts";
import { newConversation } from "../support/business.ts";
import { newBot, newWhatsapp } from "../support/channelPeople.ts";
import { newWebPage } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { everyItem } from "../support/tableItems.ts";
import { unique, uniqueNumber } from "../support/unique.ts";

const server = await startTestServer();
const app = await server.newApp();
const page = await newWebPage(server, app);
const bot = await newBot(server, app);

interface Made {
  readonly user: { readonly id: string };
}
type Stored = Readonly<Record<string, unknown>>;
const users = () => `/v2/apps/${app.id}/users`;
const times = <T>(count: number, make: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));
const statuses = (answers: readonly { readonly status: number }[]) =>
  [...new Set(answers.map((one) => one.status))].sort();
const isUser = (item: Stored) => item.kind === "user";
const idOf = (item: Stored) => namesInUserKey(String(item.pk)).id;

/** Everything that stands in the table of something that does not: what no interleaving may leave behind. */
function orphans(items: readonly Stored[]): readonly Stored[] {
  const has = new Set(items.map((item) => `${item.pk} ${item.sk}`));
  const userIds = new Set(items.filter(isUser).map(idOf));
  const identified = new Set(items.filter((item) => isUser(item) && item.identities).map(idOf));
  // A conversation that was merged into another stands until its messages have moved there.
  const isMoving = ({ id, mergedInto }: Stored) =>
    items.some((one) => one.id === mergedInto && (one.absorbing as Set<unknown>)?.has(id));
  // Where it went is known for a day, by ids alone.
  const isMark = ({ expiresAt, participants }: Stored) =>
    expiresAt !== undefined && Object.keys(participants as object).length === 0;
  /** Whether what an item stands for is there, by its sort key. */
  const isThere: Readonly<Record<string, (item: Stored) => boolean>> = {
    deletion: () => false,
    link: ({ userId }) => userIds.has(String(userId)),
    email: ({ userId }) => identified.has(String(userId)),
    "conversation#": ({ pk }) => userIds.has(String(pk).split("#")[2] ?? ""),
    "message#": ({ pk }) => has.has(`${pk} conversation`),
    conversation: (item) =>
      item.mergedInto === undefined
        ? Object.keys(item.participants as object).every((id) => userIds.has(id))
        : isMoving(item) || isMark(item),
    // An address of a channel identity or externalId leads to somebody; one of a merged-away user may lead nowhere.
    user: ({ kind, clientId, userId }) => kind !== "redirect" || clientId === undefined || userIds.has(String(userId)),
  };
  return items.filter((item) => isThere[String(item.sk).replace(/#.*/s, "#")]?.(item) === false);
}

/** The users who hold an externalId: what the API finds is one of them, and there is no other. */
async function expectOneOrNone(externalId: string): Promise<void> {
  const items = await everyItem(server);
  expect(orphans(items)).toEqual([]);
  const holders = items.filter((item) => isUser(item) && item.externalId === externalId).map(idOf);
  const found = await app.api.get<Made>(`${users()}/${externalId}`);
  expect(holders).toEqual(found.status === 200 ? [found.body.user.id] : []);
}

describe("deleteUser among others", () => {
  test("20 deletions at once are one", async () => {
    for (let round = 0; round < 3; round++) {
      const externalId = unique("deleted");
      await page.signIn(
        externalId,
        { email: `${externalId}@example.org`, email_verified: true },
        await page.visit("words"),
      );
      const answers = await times(20, () => app.api.delete(`${users()}/${externalId}`));
      expect(statuses(answers)).toEqual(expect.arrayContaining([200]));
      expect(answers.every((one) => one.status === 200 || one.status === 404)).toBe(true);
      expect(await app.api.get(`${users()}/${externalId}`)).toMatchObject({ status: 404 });
      await expectOneOrNone(externalId);
    }
  });

  test("20 creations and deletions of one externalId at once leave one user or none", async () => {
    for (let round = 0; round < 4; round++) {
      const externalId = unique("contested");
      await app.api.post(users(), { externalId });
      const answers = await times(20, (index) =>
        index % 2 === 0 ? app.api.post(users(), { externalId }) : app.api.delete(`${users()}/${externalId}`),
      );
      expect(answers.every((one) => [200, 201, 404, 409].includes(one.status))).toBe(true);
      await expectOneOrNone(externalId);
    }
  });

  test("20 sign-ins and deletions at once leave one user or none, with its own email", async () => {
    for (let round = 0; round < 4; round++) {
      const externalId = unique("returning");
      const claims = { email: `${externalId}@example.org`, email_verified: true };
      await page.signIn(externalId, claims, await page.visit("words"));
      const guests = await times(10, () => page.visit("more words"));
      const answers = await times(20, (index) => {
        const guest = guests[index];
        if (index % 4 === 3) return app.api.delete(`${users()}/${externalId}`);
        return page.signIn(externalId, claims, index % 2 === 0 ? guest : undefined);
      });
      expect(answers.every((one) => one.status === 200 || one.status === 404)).toBe(true);
      await expectOneOrNone(externalId);
      expect(await page.signIn(externalId, claims)).toMatchObject({ status: 200 });
      await app.api.delete(`${users()}/${externalId}`);
      await expectOneOrNone(externalId);
    }
  });

  test("20 sign-ins and losses of personal information at once leave an email with its identity or neither", async () => {
    for (let round = 0; round < 3; round++) {
      const externalId = unique("cleared");
      const claims = { email: `${externalId}@example.org`, email_verified: true };
      await page.signIn(externalId, claims);
      const answers = await times(20, (index) =>
        index % 2 === 0
          ? page.signIn(externalId, claims)
          : app.api.delete(`${users()}/${externalId}/personalinformation`),
      );
      expect(statuses(answers)).toEqual([200]);
      await expectOneOrNone(externalId);
      expect(await page.signIn(externalId, claims)).toMatchObject({ status: 200 });
      expect(await app.api.get(`${users()}/${externalId}`)).toMatchObject({
        body: { user: { identities: [{ value: claims.email }] } },
      });
    }
  });

  test("of 20 channel messages during deletions each is stored with a person, and none is lost or anybody's", async () => {
    for (let round = 0; round < 4; round++) {
      const person = String(9_000_000 + uniqueNumber());
      const holders = async () =>
        (await everyItem(server))
          .filter((item) => isUser(item) && String(item.clients).includes(`"${person}"`))
          .map((item) => ({ id: idOf(item) }));
      await bot.write(person, "first");
      const [known] = await holders();
      const answers = await times(20, (index) =>
        index % 7 === 3 ? app.api.delete(`${users()}/${known?.id}`) : bot.write(person, `words ${index}`),
      );
      expect(answers.every((one) => one.status === 200 || one.status === 404)).toBe(true);
      await bot.write(person, "last");
      expect(orphans(await everyItem(server))).toEqual([]);
      const [user, ...others] = await holders();
      expect(others).toEqual([]);
      expect(user?.id).not.toBe(known?.id);
      expect(await app.api.delete(`${users()}/${user?.id}`)).toMatchObject({ status: 200 });
      expect(orphans(await everyItem(server))).toEqual([]);
    }
  });

  test("links, messages and deletions at once leave nothing that leads to nobody", async () => {
    const chat = await newWhatsapp(server, app);
    for (let round = 0; round < 3; round++) {
      const { body } = await app.api.post<Made>(users(), { externalId: unique("linked") });
      const path = `${users()}/${body.user.id}`;
      const conversationId = await newConversation(app, { type: "personal", participants: [{ userId: body.user.id }] });
      const numbers = Array.from({ length: 6 }, () => `1514556${String(uniqueNumber()).padStart(4, "0")}`);
      const answers = await times(20, (index) => {
        const number = numbers[index % 6] ?? "";
        if (index % 7 === 5) return app.api.delete(path);
        if (index < 10) return chat.write(number, "hello");
        return app.api.post(`${path}/clients`, {
          matchCriteria: { type: "whatsapp", integrationId: chat.id, phoneNumber: `+${number}` },
          confirmation: { type: index % 2 === 0 ? "immediate" : "prompt" },
          target: { conversationId },
        });
      });
      expect(answers.every((one) => [200, 201, 404, 409].includes(one.status))).toBe(true);
      expect(await app.api.get(path)).toMatchObject({ status: 404 });
      expect(orphans(await everyItem(server))).toEqual([]);
      for (const number of numbers) expect((await chat.write(number, "again")).status).toBe(200);
      expect(orphans(await everyItem(server))).toEqual([]);
    }
  });

  test("messages by REST during a deletion leave nothing behind", async () => {
    for (let round = 0; round < 3; round++) {
      const guest = await page.visit("words");
      const say = () =>
        app.api.post(`/v2/apps/${app.id}/conversations/${guest.conversationId}/messages`, {
          author: { type: "business" },
          content: { type: "text", text: "hello" },
        });
      const answers = await times(20, (index) =>
        index === 9 ? app.api.delete(`${users()}/${guest.appUserId}`) : say(),
      );
      expect(answers.every((one) => [200, 201, 404].includes(one.status))).toBe(true);
      expect(orphans(await everyItem(server))).toEqual([]);
    }
  });
});
