import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { updateItem } from "../../lib/db/writeItems.ts";
import { replayQueue } from "../../lib/local/replayQueue.ts";
import { importFunction } from "../../lib/local/server.ts";
import { connect, deliver, onlyPerson, textsOf, write } from "../support/channelPeople.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import type { TestApp } from "../support/startTestServer.ts";
import { userIdsOf } from "../support/tableItems.ts";
import { whatsappPayload } from "../support/whatsappPayload.ts";

const folder = mkdtempSync(join(tmpdir(), "queue-"));
const [queue, deadLetters] = [join(folder, "queue"), join(folder, "dead-letters")];
process.env[variable.deliveryQueueUrl] = pathToFileURL(queue).href;
process.env[variable.deadLetterQueueUrl] = pathToFileURL(deadLetters).href;
const { proxy, server } = await startProxiedServer();
beforeEach(() => {
  rmSync(queue, { recursive: true, force: true });
  rmSync(deadLetters, { recursive: true, force: true });
  proxy.reset();
});
afterAll(() => rmSync(folder, { recursive: true }));

const waiting = (place: string): readonly string[] => {
  try {
    return readdirSync(place).map((name) => readFileSync(join(place, name), "utf8"));
  } catch {
    return [];
  }
};
const replay = () => replayQueue(queue, () => importFunction("replayDelivery"));

/** Everything the store is asked for fails, once the integration and the app are known. */
async function fail(delivery: () => Promise<{ readonly status: number }>) {
  proxy.reset();
  proxy.fault({ kind: "refuse" });
  const answer = await delivery();
  proxy.reset();
  return answer;
}

describe("replayDelivery", () => {
  test.each(["twilio", "line", "messagebird"] as const)(
    "on %s, which delivers once, what cannot be stored is queued, acknowledged, and stored later, once",
    async (type) => {
      const app = await server.newApp();
      const integration = await connect(app, type);
      await write(server, integration, { id: "15145550123", messageId: "1", text: "one" });
      const second = () => write(server, integration, { id: "15145550123", messageId: "2", text: "two" });
      expect(await fail(second)).toMatchObject({ status: 200 });
      const stranger = () => write(server, integration, { id: "15145550124", messageId: "3", text: "three" });
      expect(await fail(stranger)).toMatchObject({ status: 200 });
      expect(waiting(queue)).toHaveLength(2);
      expect(textsOf(await onlyPerson(server, app))).toEqual(["one"]);
      // Tried too early, it stays.
      await fail(async () => {
        await replay();
        return { status: 200 };
      });
      expect(waiting(queue)).toHaveLength(2);
      await replay();
      expect(waiting(queue)).toEqual([]);
      expect(await userIdsOf(server, app)).toHaveLength(2);
      // Delivered after all, or replayed twice, it adds nothing.
      expect((await second()).status).toBe(200);
      expect((await stranger()).status).toBe(200);
      await replay();
      expect(await userIdsOf(server, app)).toHaveLength(2);
      expect(waiting(deadLetters)).toEqual([]);
    },
  );

  test("what is queued keeps its content, its order in the conversation and the time it was received", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "line");
    await write(server, integration, { id: "U1", messageId: "1", text: "one" });
    await fail(() => write(server, integration, { id: "U1", messageId: "2", text: "zwei 🦊" }));
    await write(server, integration, { id: "U1", messageId: "3", text: "three" });
    await replay();
    expect(textsOf(await onlyPerson(server, app))).toEqual(["one", "zwei 🦊", "three"]);
  });

  test("a message is kept with the opt-out that it is", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "twilio");
    const sms = { From: "+15145550123", SmsStatus: "received", AccountSid: "ACa1b4c65ee0722712fab89867cb14eac7" };
    await deliver(server, integration, { ...sms, MessageSid: "1", Body: "Hi" });
    await fail(() => deliver(server, integration, { ...sms, MessageSid: "2", Body: "STOP", OptOutType: "STOP" }));
    expect(waiting(queue)).toHaveLength(1);
    await replay();
    const person = await onlyPerson(server, app);
    expect(textsOf(person)).toEqual(["Hi", "STOP"]);
    expect(person.clients).toMatchObject([{ status: "blocked" }]);
  });

  test("once the store failed, the rest of a delivery is queued without waiting for it again", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "line");
    await write(server, integration, { id: "U1", messageId: "0", text: "zero" });
    const events = ["one", "two", "three"].map((text) => ({
      type: "message",
      mode: "active",
      source: { type: "user", userId: "U1" },
      webhookEventId: text,
      message: { id: text, type: "text", text },
    }));
    proxy.reset();
    proxy.fault({ kind: "refuse" });
    expect((await deliver(server, integration, { destination: "U2", events })).status).toBe(200);
    expect(proxy.calls.length).toBeLessThanOrEqual(4);
    proxy.reset();
    await replay();
    expect([...textsOf(await onlyPerson(server, app))].sort()).toEqual(["one", "three", "two", "zero"]);
  });

  test("an event is queued without what the channel sent besides it where it is large, and not at all where it is larger", async () => {
    const { deliveryQueue } = await import("../../lib/aws/deliveryQueue.ts");
    const queued = (text: string, raw: string) => ({
      requestId: "request",
      appId: "app",
      integrationId: "integration",
      receivedAt: new Date().toISOString(),
      reason: "TimeoutError",
      event: {
        kind: "message" as const,
        person: { externalId: "+15145550123", aliases: [] },
        messageId: "1",
        content: { type: "text" as const, text },
        raw,
      },
    });
    const { retry, park } = deliveryQueue({ retry: pathToFileURL(queue).href, dead: pathToFileURL(deadLetters).href });
    expect(await retry(queued("x".repeat(200_000), "y".repeat(100_000)))).toBe(true);
    expect(waiting(queue)).toHaveLength(1);
    expect(waiting(queue)[0]).toContain("x".repeat(200_000));
    expect(waiting(queue)[0]).not.toContain("yyy");
    expect(await retry(queued("x".repeat(300_000), "y"))).toBe(false);
    expect(waiting(queue)).toHaveLength(1);
    expect(await park(queued("x".repeat(300_000), "y"))).toBe(true);
    expect(waiting(deadLetters)[0]).toContain("+15145550123");
  });

  test("what a channel delivers again is not queued", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "telegram");
    await write(server, integration, { id: "15145550123", messageId: "1" });
    expect(await fail(() => write(server, integration, { id: "15145550123", messageId: "2" }))).toMatchObject({
      status: 500,
    });
    expect(waiting(queue)).toEqual([]);
  });

  test("an outage that lasts longer than an integration is remembered loses nothing", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "twilio");
    await write(server, integration, { id: "15145550123", messageId: "1", text: "one" });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10 * 60_000 });
    const second = () => write(server, integration, { id: "15145550123", messageId: "2", text: "two" });
    const answer = await fail(second).finally(() => vi.useRealTimers());
    expect(answer).toMatchObject({ status: 200 });
    await replay();
    expect(textsOf(await onlyPerson(server, app))).toEqual(["one", "two"]);
  });

  test("a store that fails before anything is verified acknowledges nothing", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "twilio");
    expect(await fail(() => write(server, integration))).toMatchObject({ status: 500 });
    expect(waiting(queue)).toEqual([]);
    expect(await userIdsOf(server, app)).toEqual([]);
  });

  test("what is left for an integration or app that was deleted meanwhile is dropped", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "twilio");
    await write(server, integration, { id: "15145550123", messageId: "1" });
    await fail(() => write(server, integration, { id: "15145550123", messageId: "2" }));
    await app.api.delete(`/v2/apps/${app.id}/integrations/${integration.id}`);
    await replay();
    expect(waiting(queue)).toEqual([]);
  });

  test("what can never be stored is parked with its reason and acknowledged, also where the channel would deliver it again", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "whatsapp");
    await deliver(server, integration, whatsappPayload({ from: "16505550001", name: "Ada", id: "1" }));
    await spoil(app);
    const batch = whatsappPayload(
      { from: "16505550001", name: "Ada", id: "2", text: "secret words" },
      { from: "16505550002", name: "Alan", id: "3" },
    );
    expect(await deliver(server, integration, batch)).toMatchObject({ status: 200 });
    const [parked = "", ...others] = waiting(deadLetters);
    expect(others).toEqual([]);
    expect(JSON.parse(parked)).toMatchObject({
      appId: app.id,
      integrationId: integration.id,
      reason: "SyntaxError",
      event: { kind: "message", messageId: "2", content: { text: "secret words" } },
    });
    expect(waiting(queue)).toEqual([]);
    expect(await userIdsOf(server, app)).toHaveLength(2);
  });

  /** Makes the only user's item unreadable, as a bug or a hand would. */
  async function spoil(app: TestApp): Promise<void> {
    const { openDb } = await import("../../lib/db/db.ts");
    const { userKey } = await import("../../lib/db/keys.ts");
    const [userId = ""] = await userIdsOf(server, app);
    await updateItem(openDb(server.tableName, server.endpoint), userKey(app.id, userId), { set: { profile: "{" } });
  }
});
