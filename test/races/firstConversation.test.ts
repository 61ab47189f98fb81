import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { conversationsOf, newIntegration, newMultiApp, textsOf } from "../support/business.ts";
import { type ConversationResponse, type Device, newDevice, type UserResponse } from "../support/newDevice.ts";
import { bearer } from "../support/signToken.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import { unique } from "../support/unique.ts";

/** Tabs and devices of one signed-in person that ask for the first conversation at once, each under a key of its own. */

const { proxy, server } = await startProxiedServer();
const app = await server.newApp();
const integrationId = await newIntegration(app);
const rounds = 40;

interface Somebody {
  readonly device: Device;
  readonly externalId: string;
  readonly userId: string;
  readonly as: string;
}

async function signedIn(): Promise<Somebody> {
  const device = newDevice(server, app, integrationId);
  const externalId = unique("someone");
  const { body } = await device.login(externalId);
  return { device, externalId, userId: body.appUser._id, as: bearer(app, externalId) };
}

const keyed = (key: string = randomUUID()) => ({ "idempotency-key": key });

const start = ({ device, userId, as }: Somebody, fields: object = {}, headers: Record<string, string> = keyed()) =>
  device.call<ConversationResponse>("POST", `/appusers/${userId}/conversations`, {
    body: { client: device.client, intent: "conversation:start", type: "personal", ...fields },
    as,
    headers,
  });

/** The same as a client asks that knows of no user yet, but has a token. */
const arrive = ({ device, as }: Somebody, conversation: object = {}, headers: Record<string, string> = keyed()) =>
  device.call<UserResponse>("POST", "/appusers", {
    body: { client: device.client, intent: "conversation:start", conversation: { type: "personal", ...conversation } },
    as,
    headers,
  });

const said = (...texts: string[]) => ({ messages: texts.map((text) => ({ type: "text", text })) });

/** Does something before the next call that makes a conversation of somebody, or ends its making, reaches the engine. */
function beforeCall(call: "TransactWriteItems" | "UpdateItem", of: string, act: () => Promise<unknown>): void {
  let held = false;
  const lift = proxy.faultBy(async ({ action, body }) => {
    if (held || action !== call || !body.includes(of)) return undefined;
    held = true;
    await act();
    lift();
    return undefined;
  });
}

describe("the first conversation, asked for at once under different idempotency keys,", () => {
  test.each([2, 3, 5])("by %i tabs is the one conversation of each", async (tabs) => {
    for (let round = 0; round < rounds; round++) {
      const somebody = await signedIn();
      const replies = await Promise.all(Array.from({ length: tabs }, () => start(somebody)));
      expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([201]));
      const [id, ...others] = new Set(replies.map((reply) => reply.body.conversation._id));
      expect(others).toEqual([]);
      expect(await conversationsOf(app, somebody.userId)).toEqual([id]);
    }
  });

  test("by tabs of which one signs in again and one comes with a token alone is the one conversation of each", async () => {
    for (let round = 0; round < rounds; round++) {
      const somebody = await signedIn();
      const other = { ...somebody, device: newDevice(server, app, integrationId) };
      const [first, second, arrived, login] = await Promise.all([
        start(somebody),
        start(other),
        arrive(other),
        other.device.login(somebody.externalId),
      ]);
      expect([first.status, second.status, arrived.status, login.status]).toEqual([201, 201, 201, 200]);
      const id = first.body.conversation._id;
      expect(second.body.conversation._id).toBe(id);
      expect(arrived.body.conversations.map((one) => one._id)).toEqual([id]);
      expect(await conversationsOf(app, somebody.userId)).toEqual([id]);
    }
  });

  test("is the answer to the one that comes second, whatever was made between its reading and its writing", async () => {
    const somebody = await signedIn();
    let quicker: string | undefined;
    beforeCall("TransactWriteItems", somebody.userId, async () => {
      quicker = (await start(somebody, { displayName: "Quicker" })).body.conversation._id;
    });
    const late = await start(somebody, { displayName: "Late" });
    expect(late).toMatchObject({ status: 201, body: { conversation: { _id: quicker, displayName: "Quicker" } } });
  });

  test("is the answer to one that comes while it stands already and has been told to nobody", async () => {
    const somebody = await signedIn();
    let second: Awaited<ReturnType<typeof start>> | undefined;
    beforeCall("UpdateItem", "beginsUntil", async () => {
      second = await start(somebody);
    });
    const first = await start(somebody);
    expect(second).toMatchObject({ status: 201, body: { conversation: { _id: first.body.conversation._id } } });
    expect((await start(somebody)).status).toBe(403);
  });

  test("keeps what each of them says, once, however often each asks again", async () => {
    for (let round = 0; round < rounds / 4; round++) {
      const somebody = await signedIn();
      const asking = ["one", "two", "three"].map((text) => {
        const headers = keyed();
        return () => start(somebody, said(text, `${text}, again`), headers);
      });
      const replies = await Promise.all([...asking, ...asking].map((ask) => ask()));
      for (const reply of replies) expect(reply.status).toBe(201);
      const [id = ""] = new Set(replies.map((reply) => reply.body.conversation._id));
      const texts = await textsOf(app, id);
      expect([...texts].sort()).toEqual(["one", "one, again", "three", "three, again", "two", "two, again"]);
      for (const text of ["one", "two", "three"])
        expect(texts.indexOf(text)).toBeLessThan(texts.indexOf(`${text}, again`));
    }
  });

  test("and then by another request is refused: who has one may not have more", async () => {
    const somebody = await signedIn();
    await Promise.all([start(somebody), start(somebody)]);
    expect(await start(somebody)).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
  });

  test("is one for each key where a user may have several", async () => {
    const several = await newMultiApp(server);
    const device = newDevice(server, several.app, several.integrationId);
    const externalId = unique("someone");
    const { body } = await device.login(externalId);
    const somebody = { device, externalId, userId: body.appUser._id, as: bearer(several.app, externalId) };
    const replies = await Promise.all([start(somebody, said("one")), start(somebody, said("two"))]);
    expect(replies.map((reply) => reply.status)).toEqual([201, 201]);
    expect(replies.map((reply) => reply.body.messages.map((one) => one.text))).toEqual([["one"], ["two"]]);
    expect(await conversationsOf(several.app, somebody.userId)).toHaveLength(2);
  });
});

describe("what is said with the request for a conversation that began elsewhere", () => {
  const wayIn = {
    "a token alone": (somebody: Somebody, text: string, headers: Record<string, string>) =>
      arrive(somebody, said(text), headers),
    "a first message": (somebody: Somebody, text: string, headers: Record<string, string>) =>
      start(somebody, { intent: "message:appUser", ...said(text) }, headers),
  };

  test.each(Object.entries(wayIn))("by %s stands in that conversation, once for each key", async (_, ask) => {
    const somebody = await signedIn();
    const { body } = await start(somebody, said("before"));
    const headers = keyed();
    for (let time = 0; time < 3; time++) expect((await ask(somebody, "now", headers)).status).toBe(201);
    expect((await ask(somebody, "now", keyed())).status).toBe(201);
    expect(await textsOf(app, body.conversation._id)).toEqual(["before", "now", "now"]);
  });

  test.each(Object.entries(wayIn))(
    "by %s without a key is not doubled by a client that tries again",
    async (_, ask) => {
      const somebody = await signedIn();
      const { body } = await start(somebody, said("before"), {});
      for (let time = 0; time < 3; time++) expect((await ask(somebody, "now", {})).status).toBe(201);
      expect((await ask(somebody, "before", {})).status).toBe(201);
      expect(await textsOf(app, body.conversation._id)).toEqual(["before", "now"]);
    },
  );

  test("stands in the order it was said, also where the request comes again and the second copy is the quicker", async () => {
    const somebody = await signedIn();
    const { body } = await start(somebody, said("before"));
    const headers = keyed();
    const ask = () => arrive(somebody, said("first word", "second word"), headers);
    const secondWord = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const asked: Record<string, number> = {};
    let copy: ReturnType<typeof ask> | undefined;
    const lift = proxy.faultBy(async ({ action, body }) => {
      const word = ["first word", "second word"].find((text) => body.includes(text)) ?? "";
      if (action !== "TransactWriteItems" || word === "") return undefined;
      asked[word] = (asked[word] ?? 0) + 1;
      if (asked[word] > 1) return undefined;
      if (word === "second word") {
        secondWord.resolve();
        await end.promise;
      } else {
        copy = ask();
        await secondWord.promise;
      }
      return undefined;
    });
    const first = await ask();
    end.resolve();
    expect([first.status, (await copy)?.status]).toEqual([201, 201]);
    lift();
    expect(await textsOf(app, body.conversation._id)).toEqual(["before", "first word", "second word"]);
  });

  test("is in the answer and counts like any other message", async () => {
    const somebody = await signedIn();
    await start(somebody, said("before"));
    const told = await start(somebody, { intent: "message:appUser", ...said("now") });
    expect(told.body.messages.map((one) => one.text)).toEqual(["before", "now"]);
    const arrived = await arrive(somebody, said("later"));
    expect(arrived.body.conversations[0]?.messages.map((one) => one.text)).toEqual(["later"]);
  });
});
