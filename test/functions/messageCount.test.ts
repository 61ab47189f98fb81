import { describe, expect, test } from "vitest";
import { conversationsOf } from "../support/business.ts";
import { connect, deliver, newBot, peopleOf, textsOf } from "../support/channelPeople.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import type { TestApp } from "../support/startTestServer.ts";
import { everyItem, userIdsOf } from "../support/tableItems.ts";
import { whatsappPayload } from "../support/whatsappPayload.ts";

/** A message of a channel is put and counted in two writes. Whatever comes between them, it counts once. */

const { proxy, server } = await startProxiedServer();

const expectExact = async (app: TestApp) =>
  expect((await brokenInvariants(server.tableName)).filter((one) => one.includes(app.id))).toEqual([]);

/** The conversation's number of messages, as it stands. */
const countIn = async (app: TestApp) =>
  (await everyItem(server))
    .filter((item) => item.sk === "conversation" && String(item.pk).includes(app.id) && item.mergedInto === undefined)
    .map((item) => item.messageCount);

/** A delivery that gets no further than its first calls to the table. */
async function cutOff(after: number, call: () => Promise<{ readonly status: number }>) {
  proxy.reset();
  proxy.fault({ kind: "refuse", after });
  expect((await call()).status).toBe(500);
  proxy.reset();
}

async function begin() {
  const app = await server.newApp();
  const bot = await newBot(server, app);
  const say = (id: string) => bot.write("7", id, id);
  await say("1");
  return {
    app,
    say,
    /** Put, and not counted. */
    cut: (id: string) => cutOff(2, () => say(id)),
    others: async (from: number, to: number) => {
      for (let id = from; id < to; id++) expect((await say(String(id))).status).toBe(200);
    },
    conversation: async () => {
      const [userId = ""] = await userIdsOf(server, app);
      const [id = ""] = await conversationsOf(app, userId);
      return `/v2/apps/${app.id}/conversations/${id}`;
    },
  };
}

describe("a message that was put and not counted", () => {
  test.each([0, 1, 15, 16, 40])("counts when it comes again after %i others, and each of them once", async (others) => {
    const { app, say, cut, others: write } = await begin();
    await cut("2");
    expect(await countIn(app)).toEqual([1]);
    await write(3, 3 + others);
    for (let time = 0; time < 2; time++) expect((await say("2")).status).toBe(200);
    for (const id of ["1", "3", String(2 + others)]) if (others > 0) await say(id);
    expect(await countIn(app)).toEqual([2 + others]);
    await expectExact(app);
  });

  test("counts though it never comes again, once enough has been said since", async () => {
    const { app, cut, others } = await begin();
    await cut("2");
    await cut("3");
    await others(4, 44);
    expect(await countIn(app)).toEqual([43]);
    await expectExact(app);
  });

  test("counts no more once it is deleted, alone or with the others", async () => {
    const { app, say, cut, others, conversation } = await begin();
    await cut("2");
    await others(3, 6);
    const path = await conversation();
    const { body } = await app.api.get<{ messages: { id: string; content: { text: string } }[] }>(`${path}/messages`);
    const idOf = (text: string) => body.messages.find(({ content }) => content.text === text)?.id;
    for (const [text, left] of [
      ["2", 4],
      ["3", 3],
      ["1", 2],
    ] as const) {
      expect((await app.api.delete(`${path}/messages/${idOf(text)}`)).status).toBe(200);
      expect(await countIn(app)).toEqual([left]);
    }
    await say("2");
    await cut("9");
    expect((await app.api.delete(`${path}/messages`)).status).toBe(200);
    expect(await countIn(app)).toEqual([0]);
    await say("9");
    expect(await countIn(app)).toEqual([1]);
    await expectExact(app);
  });

  test("counts where it moves, when its conversation becomes part of another", async () => {
    const app = await server.newApp();
    const whatsapp = await connect(app, "whatsapp");
    const say = (known: object, id: string) => deliver(server, whatsapp, whatsappPayload({ ...known, id, text: id }));
    const [number, id] = [{ from: "16505551234" }, { userId: "US.1" }];
    await say(number, "n1");
    await say(id, "i1");
    await say(number, "n2");
    await say(id, "i2");
    await cutOff(2, () => say(number, "n3"));
    await cutOff(2, () => say(id, "i3"));
    await say(number, "n4");
    await say(id, "i4");
    await say({ ...number, ...id }, "both");
    for (const text of ["n1", "n2", "n3", "n4"]) await say(number, text);
    for (const text of ["i1", "i2", "i3", "i4"]) await say(id, text);
    const people = await peopleOf(server, app);
    expect(people.map((person) => [...textsOf(person)].sort())).toEqual([
      ["both", "i1", "i2", "i3", "i4", "n1", "n2", "n3", "n4"],
    ]);
    expect(await countIn(app)).toEqual([9]);
    await expectExact(app);
  });
});

test("copies of messages that arrive amid others, many at a time, count once each", async () => {
  const { app, say } = await begin();
  const all = Array.from({ length: 120 }, (_, index) => String(2 + (index % 60)));
  for (let start = 0; start < all.length; start += 30)
    await Promise.all(all.slice(start, start + 30).map((id) => say(id)));
  expect(await countIn(app)).toEqual([61]);
  await expectExact(app);
});

test("a message that is cut off anywhere while older tokens are forgotten counts once, and so do those before it", async () => {
  // The second turn of sixteen begins with the 34th message, after the first, which is put with its count.
  const spy = await begin();
  await spy.cut("2");
  await spy.others(3, 35);
  proxy.reset();
  await spy.say("35");
  const calls = proxy.calls.length;
  expect(calls).toBeGreaterThan(3);
  for (let after = 0; after < calls; after++) {
    const { app, say, cut, others } = await begin();
    await cut("2");
    await others(3, 35);
    await cutOff(after, () => say("35"));
    await say("36");
    for (const id of ["35", "2", "35"]) expect((await say(id)).status).toBe(200);
    expect([after, await countIn(app)]).toEqual([after, [36]]);
    await expectExact(app);
  }
});
