import { afterEach, describe, expect, test, vi } from "vitest";
import { newIntegration, newPersonal, say } from "../support/business.ts";
import { newDevice, newGuest } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
/** Bytes that a Lambda answers at most. */
const lambdaAnswer = 6_000_000;
const base = `/v2/apps/${app.id}/conversations`;
afterEach(() => void vi.useRealTimers());

describe("listMessages", () => {
  interface Listing {
    messages: { id: string; content: { text: string } }[];
    meta: { hasMore: boolean; afterCursor?: string; beforeCursor?: string };
  }

  test("the latest page comes first, and pages both ways hold every message once in order", async () => {
    const { conversationId } = await newPersonal(app);
    const all: string[] = [];
    for (let index = 0; index < 250; index++) {
      all.push(`m${index}`);
      await say(app, conversationId, `m${index}`);
    }
    const texts = (listing: Listing) => listing.messages.map((message) => message.content.text);
    const latest = (await app.api.get<Listing>(`${base}/${conversationId}/messages`)).body;
    expect(texts(latest)).toEqual(all.slice(150));
    expect(latest.meta.hasMore).toBe(true);
    const middle = (
      await app.api.get<Listing>(`${base}/${conversationId}/messages?page[before]=${latest.meta.beforeCursor}`)
    ).body;
    expect(texts(middle)).toEqual(all.slice(50, 150));
    const oldest = (
      await app.api.get<Listing>(`${base}/${conversationId}/messages?page[before]=${middle.meta.beforeCursor}`)
    ).body;
    expect(texts(oldest)).toEqual(all.slice(0, 50));
    expect(oldest.meta).toMatchObject({ hasMore: false });
    const forward = (
      await app.api.get<Listing>(`${base}/${conversationId}/messages?page[after]=${oldest.messages.at(-1)?.id}`)
    ).body;
    expect(texts(forward)).toEqual(all.slice(50, 150));
  });

  test("a page ends early where its messages are too large for one answer, and none is missed", async () => {
    const person = await newGuest(newDevice(server, app, await newIntegration(app)));
    const path = `${base}/${person.conversationId}/messages`;
    const options = Array.from({ length: 200 }, (_, index) => ({ name: String(index), label: "b" }));
    const fields = Array.from({ length: 17 }, (_, index) => ({
      type: "select",
      name: `f${index}`,
      label: "a",
      options,
    }));
    const form = { author: { type: "business" }, content: { type: "form", fields } };
    const sent: string[] = [];
    for (let index = 0; index < 14; index++)
      sent.push((await app.api.post<Listing>(path, form)).body.messages[0]?.id ?? "");
    const latest = await app.api.get<Listing>(path);
    expect(JSON.stringify(latest.text).length).toBeLessThan(lambdaAnswer);
    const before = await app.api.get<Listing>(`${path}?page[before]=${latest.body.meta.beforeCursor}`);
    const ids = [before, latest].flatMap(({ body }) => body.messages.map(({ id }) => id));
    expect(ids).toEqual(sent);
    const shown = await person.get(`/conversations/${person.conversationId}/messages`);
    expect(shown).toMatchObject({ status: 200, body: { hasPrevious: true } });
    expect(JSON.stringify(shown.text).length).toBeLessThan(lambdaAnswer);
  });

  test("messages of one millisecond keep the order in which they came, in pages both ways", async () => {
    const { conversationId } = await newPersonal(app);
    vi.useFakeTimers({ toFake: ["Date"] });
    const all = Array.from({ length: 120 }, (_, index) => `m${index}`);
    for (const text of all) await say(app, conversationId, text);
    const read = async (query = "") =>
      (await app.api.get<Listing>(`${base}/${conversationId}/messages${query}`)).body.messages;
    const latest = await read();
    const older = await read(`?page[before]=${latest[0]?.id}`);
    expect([...older, ...latest].map((message) => message.content.text)).toEqual(all);
    expect(await read(`?page[after]=${older.at(-1)?.id}`)).toEqual(latest);
    expect(await read()).toEqual(latest);
  });

  test("an SDK, whose cursors are times, misses none of those that came in one millisecond", async () => {
    const person = await newGuest(newDevice(server, app, await newIntegration(app)));
    const { conversationId } = person;
    vi.useFakeTimers({ toFake: ["Date"] });
    const all = Array.from({ length: 130 }, (_, index) => `m${index}`);
    for (const [index, text] of all.entries()) {
      if (index === 10 || index === 70) vi.setSystemTime(Date.now() + 1);
      await say(app, conversationId, text);
    }
    interface Page {
      messages: { text: string; received: number }[];
      hasPrevious: boolean;
    }
    const read = async (query = "") =>
      (await person.get<Page>(`/conversations/${conversationId}/messages${query}`)).body;
    const latest = await read();
    expect(latest.hasPrevious).toBe(true);
    const older = await read(`?before=${latest.messages[0]?.received}`);
    expect(older.hasPrevious).toBe(false);
    expect([...older.messages, ...latest.messages].map((message) => message.text)).toEqual(all);
    const forward = await read(`?after=${older.messages.at(-1)?.received}`);
    expect(forward.messages).toEqual(latest.messages);
  });

  test("a message whose retention is over is not listed", async () => {
    const brief = await server.newApp();
    await server.account.patch(`/v2/apps/${brief.id}`, { settings: { conversationRetentionSeconds: 60 } });
    const { conversationId } = await newPersonal(brief);
    await say(brief, conversationId, "short-lived");
    const path = `/v2/apps/${brief.id}/conversations/${conversationId}/messages`;
    expect((await brief.api.get<Listing>(path)).body.messages).toHaveLength(1);
    const now = Date.now();
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(now + 61_000);
    expect((await brief.api.get<Listing>(path)).body.messages).toEqual([]);
  });

  test("a page has its own size, whatever size is asked for", async () => {
    const { conversationId } = await newPersonal(app);
    for (const text of ["one", "two"]) await say(app, conversationId, text);
    const { body } = await app.api.get<Listing>(`${base}/${conversationId}/messages?page[size]=500`);
    expect(body.messages).toHaveLength(2);
  });

  test("an unknown cursor is refused, an unknown conversation is not found", async () => {
    const { conversationId } = await newPersonal(app);
    expect(await app.api.get(`${base}/${conversationId}/messages?page[before]=${"0".repeat(24)}`)).toMatchObject({
      status: 400,
    });
    expect(await app.api.get(`${base}/${"0".repeat(24)}/messages`)).toMatchObject({
      status: 404,
      body: { errors: [{ code: "not_found", title: "Resource not found" }] },
    });
  });
});
