import { afterEach, describe, expect, test } from "vitest";
import type { SignedDelivery } from "../../../lib/channels/contract.ts";
import { loadChannel } from "../../../lib/channels/loadChannel.ts";
import { loadSender } from "../../../lib/channels/loadSender.ts";
import { channelSamples } from "../../../lib/local/channelSamples.ts";
import { type Outbox, openOutbox } from "../../../lib/local/outbox/openOutbox.ts";
import { stateOfEntry } from "../../../lib/local/outbox/outboxEntry.ts";
import { readScript } from "../../../lib/local/outbox/scriptedAnswer.ts";
import { type ChannelType, channelTypes } from "../../../lib/model/channel.ts";
import type { ProviderAnswer, ProviderRequest } from "../../../lib/model/channelCall.ts";

const opened: Outbox[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((outbox) => outbox.close()));
});

/** The credentials of an integration of each channel, with what the server makes itself. */
const credentialsOf = (type: ChannelType) => ({
  ...channelSamples[type].demoFields(),
  secretToken: "a-secret-token",
  verifyToken: "a-verify-token",
});

/** An outbox of one integration of a channel; `reported` resolves with the webhook calls that it made. */
async function newOutbox(type: ChannelType) {
  const credentials = credentialsOf(type);
  const webhookUrl = "http://localhost:3000/webhooks/aaaaaaaaaaaaaaaaaaaaaaaa";
  const deliveries: SignedDelivery[] = [];
  let told: () => void = () => {};
  const outbox = await openOutbox({
    providerOf: loadSender,
    integrationsOf: async (asked) =>
      asked === type ? [{ id: "aaaaaaaaaaaaaaaaaaaaaaaa", appId: "app", credentials, webhookUrl }] : [],
    deliver: async (delivery) => {
      deliveries.push(delivery);
      told();
      return 200;
    },
  });
  opened.push(outbox);
  const reported = async (count = 1): Promise<readonly SignedDelivery[]> => {
    while (deliveries.length < count)
      await new Promise<void>((resolve) => {
        told = resolve;
      });
    return deliveries;
  };
  return { outbox, credentials, webhookUrl, deliveries, reported };
}

/** A person's id as the channel has it: that of the person who wrote its sample. */
async function personOn(type: ChannelType, { credentials, webhookUrl }: Awaited<ReturnType<typeof newOutbox>>) {
  const target = { credentials, publicUrl: webhookUrl, now: new Date() };
  const person = { id: "15145550123", name: "Jane", text: "Hi", messageId: "15145550124" };
  const { headers, body } = channelSamples[type].sign(channelSamples[type].write(person, target), target);
  const receive = await loadChannel(type);
  const { events } = receive.parse(received(webhookUrl, headers, body), credentials);
  const [event] = events;
  if (!event) throw new Error(`The sample of ${type} has no event.`);
  return event.person;
}

const received = (publicUrl: string, headers: Readonly<Record<string, string>>, body: string) => ({
  method: "POST",
  publicUrl,
  query: new URL(publicUrl).searchParams,
  headers,
  rawBody: Buffer.from(body),
  receivedAt: new Date(),
});

/** Writes a text as the channel's sender does. */
async function requestsOf(type: ChannelType, made: Awaited<ReturnType<typeof newOutbox>>, text = "We are open.") {
  const { externalId, aliases } = await personOn(type, made);
  const send = await loadSender(type);
  const message = { id: "b".repeat(24), author: { displayName: "Sunroom" }, content: { type: "text" as const, text } };
  return send.write(
    message,
    { credentials: made.credentials, recipient: { externalId, aliases }, webhookUrl: made.webhookUrl },
    (place) => `00000000-0000-4000-8000-00000000000${place}`,
  );
}

/** Makes a request at the outbox instead of at the provider. */
async function call(outbox: Outbox, type: ChannelType, { method, url, headers, body }: ProviderRequest) {
  const { pathname, search } = new URL(url);
  const response = await fetch(outbox.urlOf(type) + pathname + search, { method, headers, ...(body && { body }) });
  const answer: ProviderAnswer = {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
  return answer;
}

/** Whether the channel reports this of a message. */
function isReported(
  type: ChannelType,
  { credentials, webhookUrl }: Awaited<ReturnType<typeof newOutbox>>,
  state: "delivered" | "read",
): boolean {
  const target = { credentials, publicUrl: webhookUrl, now: new Date() };
  return channelSamples[type].report?.({ externalId: "1", personId: "1", state }, target) !== undefined;
}

async function sendOne(type: ChannelType, made: Awaited<ReturnType<typeof newOutbox>>, text?: string) {
  const [request] = await requestsOf(type, made, text);
  if (!request) throw new Error(`The sender of ${type} wrote nothing.`);
  return call(made.outbox, type, request);
}

describe.each(channelTypes)("a text on %s", (type) => {
  test("is answered as the provider answers, and kept with whom it is for and what it says", async () => {
    const made = await newOutbox(type);
    const [request] = await requestsOf(type, made);
    const answer = await sendOne(type, made);
    const send = await loadSender(type);
    const result = send.read(answer);
    expect(result).toMatchObject({ kind: "accepted" });
    const [entry, ...more] = made.outbox.list();
    expect(more).toEqual([]);
    expect(entry).toMatchObject({
      channel: type,
      integrationIds: ["aaaaaaaaaaaaaaaaaaaaaaaa"],
      message: { text: expect.stringContaining("We are open.") },
      request: { method: request?.method, url: request?.url, body: request?.body },
      externalIds: result.kind === "accepted" ? result.externalIds : [],
    });
    expect(entry?.message?.personId).not.toBe("");
  });

  test("is reported as delivered, or read where that is all, by a delivery that its webhook takes", async () => {
    const made = await newOutbox(type);
    await sendOne(type, made);
    const state = isReported(type, made, "delivered") ? "delivered" : "read";
    const send = await loadSender(type);
    const [entry] = made.outbox.list();
    if (!send.reports || !entry) {
      expect(entry && (await made.outbox.report(entry, "delivered"))).toBeUndefined();
      return;
    }
    if (state === "read") await made.outbox.report(entry, state);
    const [delivery] = await made.reported();
    const receive = await loadChannel(type);
    const request = received(made.webhookUrl, delivery?.headers ?? {}, delivery?.body ?? "");
    expect(receive.verify(request, made.credentials)).toEqual({ ok: true });
    const { receipts = [] } = receive.parse(request, made.credentials);
    expect(receipts).toMatchObject([{ state }]);
    const { externalIds, upTo } = receipts[0] ?? {};
    expect(externalIds?.length === 0 ? upTo : externalIds).toEqual(
      externalIds?.length === 0 ? { externalId: entry.message?.personId, time: expect.any(Date) } : entry.externalIds,
    );
  });
});

describe("a script", () => {
  const type = "whatsapp";

  test("fails as many requests as told, with its status, body and Retry-After, and then no more", async () => {
    const made = await newOutbox(type);
    made.outbox.script(readScript({ status: 503, retryAfter: 7, body: { message: "busy" }, times: 2 }));
    for (const _ of [1, 2]) {
      const answer = await sendOne(type, made);
      expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "7" }, body: '{"message":"busy"}' });
    }
    expect((await sendOne(type, made)).status).toBe(200);
    expect(made.outbox.scripts()).toEqual([]);
    expect(made.outbox.list().map(stateOfEntry).slice(0, 2)).toEqual(["refused", "refused"]);
    await made.reported();
    expect(made.deliveries).toHaveLength(1);
  });

  test("breaks the connection once the request was read", async () => {
    const made = await newOutbox(type);
    made.outbox.script(readScript({ drop: true }));
    await expect(sendOne(type, made)).rejects.toThrow("fetch failed");
    expect(made.outbox.list().map(stateOfEntry)).toEqual(["dropped"]);
  });

  test("holds an answer back", async () => {
    const made = await newOutbox(type);
    made.outbox.script(readScript({ delayMilliseconds: 60_000 }));
    const abort = new AbortController();
    const [request] = await requestsOf(type, made);
    const { pathname } = new URL(request?.url ?? "");
    const asked = fetch(made.outbox.urlOf(type) + pathname, { ...request, signal: abort.signal }).catch(
      () => "aborted",
    );
    while (made.outbox.list().length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(made.outbox.list().map(stateOfEntry)).toEqual(["sending"]);
    abort.abort();
    expect(await asked).toBe("aborted");
  });

  test("for another channel, integration or person leaves a request alone", async () => {
    const made = await newOutbox(type);
    made.outbox.script(readScript({ status: 500, channel: "line" }));
    made.outbox.script(readScript({ status: 500, integrationId: "another" }));
    made.outbox.script(readScript({ status: 500, personId: "another" }));
    expect((await sendOne(type, made)).status).toBe(200);
    expect(made.outbox.scripts()).toHaveLength(3);
  });

  test.each(["read", "failed"] as const)("has a good answer followed by a report that it was %s", async (report) => {
    const made = await newOutbox(type);
    made.outbox.script(readScript({ report }));
    expect((await sendOne(type, made)).status).toBe(200);
    await made.reported();
    const receive = await loadChannel(type);
    const [delivery] = made.deliveries;
    const request = received(made.webhookUrl, delivery?.headers ?? {}, delivery?.body ?? "");
    expect(receive.parse(request, made.credentials).receipts).toMatchObject([{ state: report }]);
  });

  test("may have no report follow", async () => {
    const made = await newOutbox(type);
    made.outbox.script(readScript({ report: "none" }));
    await sendOne(type, made, "unreported");
    await sendOne(type, made, "reported");
    await made.reported();
    while (made.outbox.list().every(({ reports }) => reports.length === 0))
      await new Promise((resolve) => setImmediate(resolve));
    expect(made.outbox.list().map(stateOfEntry)).toEqual(["sent", "delivered"]);
  });
});

describe("the outbox", () => {
  test("forgets everything when it is cleared, also what was to be done", async () => {
    const made = await newOutbox("whatsapp");
    await sendOne("whatsapp", made);
    made.outbox.script(readScript({ status: 500 }));
    made.outbox.clear();
    expect([made.outbox.list(), made.outbox.scripts()]).toEqual([[], []]);
    expect((await sendOne("whatsapp", made)).status).toBe(200);
  });

  test("keeps the newest thousand", async () => {
    const made = await newOutbox("whatsapp");
    made.outbox.script(readScript({ report: "none", times: 1001 }));
    for (let sent = 0; sent <= 1000; sent++) await sendOne("whatsapp", made, `number ${sent}`);
    const texts = made.outbox.list().map(({ message }) => message?.text);
    expect([texts.length, texts[0], texts.at(-1)]).toEqual([1000, "number 1", "number 1000"]);
  });

  test("keeps nothing of a request under another path, such as a page in a browser could make", async () => {
    const { outbox } = await newOutbox("whatsapp");
    const { origin, pathname } = new URL(outbox.urlOf("whatsapp"));
    for (const path of ["/", "/whatsapp/messages", "/secret/whatsapp/x", `${pathname.replace("whatsapp", "smoke")}/x`])
      expect((await fetch(origin + path, { method: "POST", body: "x" })).status).toBe(404);
    expect(outbox.list()).toEqual([]);
  });

  test("answers a request that shows no message, and reports nothing of it", async () => {
    const made = await newOutbox("whatsapp");
    const check = (await loadSender("whatsapp")).check?.(made.credentials);
    if (!check) throw new Error("WhatsApp has no check.");
    expect((await call(made.outbox, "whatsapp", check)).status).toBe(200);
    const [entry] = made.outbox.list();
    expect([entry?.message, entry && (await made.outbox.report(entry, "read"))]).toEqual([undefined, undefined]);
  });
});
