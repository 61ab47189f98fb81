import { describe, expect, test } from "vitest";
import type { SamplePayload } from "../../lib/channels/contract.ts";
import { namesInUserKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { updateItem } from "../../lib/db/writeItems.ts";
import { channelTypes } from "../../lib/model/channel.ts";
import { newConversation, newPersonal, textsOf as textsIn } from "../support/business.ts";
import {
  connect,
  deliver,
  onlyPerson,
  type Person,
  peopleOf,
  type TestIntegration,
  textsOf,
  write,
} from "../support/channelPeople.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { startTestServer, type TestApp } from "../support/startTestServer.ts";
import { everyItem } from "../support/tableItems.ts";
import { whatsappChange, whatsappPayload } from "../support/whatsappPayload.ts";

const server = await startTestServer();

const twenty = Array.from({ length: 20 }, (_, index) => String(index + 1));

describe("exactly once", () => {
  test.each(channelTypes)(
    "20 copies of a first message on %s at the same time are one user, conversation and message",
    async (type) => {
      const app = await server.newApp();
      const integration = await connect(app, type);
      const answers = await Promise.all(
        twenty.map(() => write(server, integration, { id: "15145550123", messageId: "77" })),
      );
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
      const person = await onlyPerson(server, app);
      expect(person.conversations).toHaveLength(1);
      expect(person.clients).toHaveLength(1);
      expect(person.participants).toHaveLength(1);
      expect(person.messages).toHaveLength(1);
      // As good as a week later: nothing remembers when it came.
      await write(server, integration, { id: "15145550123", messageId: "77" });
      expect(await onlyPerson(server, app)).toEqual(person);
    },
  );

  test.each(["whatsapp", "twilio", "telegram"] as const)(
    "20 first messages of one person on %s at the same time are one user and 20 messages",
    async (type) => {
      const app = await server.newApp();
      const integration = await connect(app, type);
      await Promise.all(twenty.map((text) => write(server, integration, { id: "15145550123", messageId: text, text })));
      const person = await onlyPerson(server, app);
      expect(person.conversations).toHaveLength(1);
      expect([...textsOf(person)].sort()).toEqual([...twenty].sort());
    },
  );

  test("20 first messages of one person, known by number, by id or by both, are one user and 20 messages", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "whatsapp");
    const both = { from: "16505551234", userId: "US.1" };
    const ids = [both, both, { from: "16505551234" }, { userId: "US.1" }];
    await Promise.all(
      twenty.map((id, index) => deliver(server, integration, whatsappPayload({ ...ids[index % 4], id }))),
    );
    const person = await onlyPerson(server, app);
    expect(person.clients).toHaveLength(1);
    expect([...textsOf(person)].sort()).toEqual(twenty.map((id) => `says ${id}`).sort());
  });

  test("an address that leads to a person says where, and nothing of the person", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "whatsapp");
    const from = "16505551234";
    await deliver(server, integration, whatsappPayload({ from, id: "1" }));
    await deliver(server, integration, whatsappPayload({ from, userId: "US.1", id: "2" }));
    const redirects = (await everyItem(server)).filter(
      ({ pk, kind }) => kind === "redirect" && namesInUserKey(pk).appId === app.id,
    );
    expect(redirects.map((item) => Object.keys(item).sort())).toEqual([
      ["clientId", "conversationId", "kind", "pk", "sk", "told", "userId"],
    ]);
  });

  test("ids beyond 2^53 that JSON.parse takes for one another are two messages", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "viber");
    for (const messageId of ["4912661846655238145", "4912661846655238146", "4912661846655238145"])
      await write(server, integration, { id: "01234567890A=", messageId, text: messageId });
    const { messages } = await onlyPerson(server, app);
    expect(messages.map((message) => message.source.originalMessageId)).toEqual([
      "4912661846655238145",
      "4912661846655238146",
    ]);
  });

  test("a message of the same id on another integration, or from another telegram chat, is another message", async () => {
    const app = await server.newApp();
    for (const integration of [await connect(app, "whatsapp"), await connect(app, "whatsapp")])
      await write(server, integration, { id: "15145550123", messageId: "77" });
    const telegram = await connect(app, "telegram");
    for (const [index, id] of ["111", "222"].entries())
      await deliver(server, telegram, {
        update_id: index,
        message: {
          message_id: 1,
          date: 1441645532,
          chat: { id: Number(id), type: "private" },
          from: { id: Number(id), is_bot: false },
          text: id,
        },
      });
    expect((await peopleOf(server, app)).map((person) => person.messages.length)).toEqual([1, 1, 1, 1]);
  });

  test("a LINE event that says it is a redelivery counts when the first one never came", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "line");
    const event = (isRedelivery: boolean) => ({
      destination: "U8e742f61d673b39c7fff3cecb7536ef0",
      events: [
        {
          type: "message",
          mode: "active",
          timestamp: 1462629479859,
          source: { type: "user", userId: "U1" },
          webhookEventId: "01FZ74A0TDDPYRVKNK77XKC3ZR",
          deliveryContext: { isRedelivery },
          message: { id: "1", type: "text", text: "Hello" },
        },
      ],
    });
    for (const isRedelivery of [true, false]) await deliver(server, integration, event(isRedelivery));
    expect(textsOf(await onlyPerson(server, app))).toEqual(["Hello"]);
  });
});

describe("one person of several ids", () => {
  const sms = (fields: object) => ({
    AccountSid: "ACa1b4c65ee0722712fab89867cb14eac7",
    SmsStatus: "received",
    NumMedia: "0",
    ...fields,
  });
  const number = { from: "16505551234" };
  const id = { userId: "US.1", parentUserId: "US.ENT.1" };
  const viaTwilio = {
    number: { From: "whatsapp:+16505551234", WaId: "16505551234" },
    id: { From: "whatsapp:US.1", ExternalUserId: "whatsapp:US.1" },
  };
  type Known = { readonly number?: boolean; readonly id?: boolean };
  type Say = (known: Known, messageId: string) => SamplePayload;
  const channels: readonly (readonly ["whatsapp" | "twilio", Say])[] = [
    [
      "whatsapp",
      (known, messageId) =>
        whatsappPayload({ ...(known.id && id), ...(known.number && number), id: messageId, text: messageId }),
    ],
    [
      "twilio",
      (known, messageId) =>
        sms({
          ...(known.id && viaTwilio.id),
          ...(known.number && viaTwilio.number),
          MessageSid: messageId,
          Body: messageId,
        }),
    ],
  ];
  const both = { number: true, id: true };
  const orders = [
    ["both, then the id, then the number", [both, { id: true }, { number: true }]],
    ["both, then the number, then the id", [both, { number: true }, { id: true }]],
    ["the number, then both, then the id", [{ number: true }, both, { id: true }]],
    ["the id, then both, then the number", [{ id: true }, both, { number: true }]],
    // Until both are seen together, nobody can know.
    ["the number, the id, and then both", [{ number: true }, { id: true }, both]],
    ["the id, the number, and then both", [{ id: true }, { number: true }, both]],
  ] as const;

  for (const multiConvoEnabled of [false, true])
    test.each(
      channels.flatMap(([type, say]) =>
        // Where nobody has to be merged, one conversation or several is the same.
        orders.slice(multiConvoEnabled ? 4 : 0).map(([name, order]) => [type, name, say, order] as const),
      ),
    )(
      `on %s is one user after %s, ${multiConvoEnabled ? "also where users may have several conversations" : "with one conversation"}`,
      async (type, _, say, order) => {
        const app = await server.newApp();
        await app.api.patch(`/v2/apps/${app.id}`, { settings: { multiConvoEnabled } });
        const integration = await connect(app, type);
        const deliverAll = async (known: readonly Known[], first = 0) => {
          const statuses: number[] = [];
          for (const [index, one] of known.entries())
            statuses.push((await deliver(server, integration, say(one, `m${first + index}`))).status);
          return statuses;
        };
        expect(await deliverAll(order)).toEqual(order.map(() => 200));
        const person = await onlyPerson(server, app);
        expect(person.clients).toHaveLength(1);
        expect(person.conversations).toHaveLength(1);
        expect(textsOf(person)).toEqual(["m0", "m1", "m2"]);
        expect(person.participants).toMatchObject([
          { userId: person.user.id, clientAssociations: [{ type, clientId: person.clients[0]?.id }] },
        ]);
        // Whatever id comes from now on, and whatever comes again, leads there.
        for (const known of [both, { number: true }, { id: true }]) await deliverAll(order.map(() => known));
        await deliverAll([{ number: true }, { id: true }], 3);
        const after = await onlyPerson(server, app);
        expect(textsOf(after)).toEqual(["m0", "m1", "m2", "m3", "m4"]);
        expect(Date.parse(after.clients[0]?.lastSeen ?? "")).toBeGreaterThan(
          Date.parse(person.clients[0]?.lastSeen ?? ""),
        );
      },
    );

  test("two users who turn out to be one while they write are one, with everything they said, in every round", async () => {
    for (let round = 0; round < 2; round++) {
      const app = await server.newApp();
      const integration = await connect(app, "whatsapp");
      const known = [number, id, { ...number, ...id }];
      for (const one of [number, id])
        await deliver(server, integration, whatsappPayload({ ...one, id: `first ${Object.keys(one)[0]}` }));
      const answers = await Promise.all(
        twenty.map((text, index) => deliver(server, integration, whatsappPayload({ ...known[index % 3], id: text }))),
      );
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
      const person = await onlyPerson(server, app);
      expect(person.clients).toHaveLength(1);
      expect(person.conversations).toHaveLength(1);
      expect([...textsOf(person)].sort()).toEqual(
        ["says first from", "says first userId", ...twenty.map((text) => `says ${text}`)].sort(),
      );
    }
  });

  test("an sms of a number is nobody of whatsapp's", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "twilio");
    await deliver(server, integration, sms({ From: "+16505551234", MessageSid: "1", Body: "sms" }));
    await deliver(server, integration, sms({ ...viaTwilio.number, MessageSid: "2", Body: "whatsapp" }));
    expect(await peopleOf(server, app)).toHaveLength(2);
  });

  test("of two users who turn out to be one, who was named by the business stays, with its own values", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "whatsapp");
    await deliver(server, integration, whatsappPayload({ ...number, name: "Number", id: "1" }));
    await deliver(server, integration, whatsappPayload({ ...id, name: "Id", id: "2" }));
    const [, second] = await peopleOf(server, app);
    await claim(app, second, "the-second");
    await deliver(server, integration, whatsappPayload({ ...number, ...id, name: "Both", id: "3" }));
    const person = await onlyPerson(server, app);
    expect(person.user).toMatchObject({ id: second?.user.id, externalId: "the-second", profile: { givenName: "Id" } });
    expect([...textsOf(person)].sort()).toEqual(["says 1", "says 2", "says 3"]);
  });

  test("two whom the business told apart stay two, and nothing they say is lost", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "whatsapp");
    await deliver(server, integration, whatsappPayload({ ...number, id: "1" }));
    await deliver(server, integration, whatsappPayload({ ...id, id: "2" }));
    for (const [index, person] of (await peopleOf(server, app)).entries()) await claim(app, person, `person-${index}`);
    expect((await deliver(server, integration, whatsappPayload({ ...number, ...id, id: "3" }))).status).toBe(200);
    const people = await peopleOf(server, app);
    expect(people).toHaveLength(2);
    expect(people.flatMap(textsOf).sort()).toEqual(["says 1", "says 2", "says 3"]);
  });

  /** Gives a user an externalId as the SDK's `login` does, in the table: no operation of a business does it. */
  async function claim(app: TestApp, person: Person | undefined, externalId: string): Promise<void> {
    const { openDb } = await import("../../lib/db/db.ts");
    const { userKey } = await import("../../lib/db/keys.ts");
    const { newVersion } = await import("../../lib/db/items/userItem.ts");
    await updateItem(openDb(server.tableName, server.endpoint), userKey(app.id, person?.user.id ?? ""), {
      set: { externalId: externalId, version: newVersion() },
    });
  }
});

describe("a person whose ids change", () => {
  const changedNumber = (from: string, to: string) =>
    whatsappChange({
      messages: [
        {
          from,
          id: `wamid.${from}-${to}`,
          timestamp: "1749416383",
          type: "system",
          system: { wa_id: to, type: "user_changed_number" },
        },
      ],
    });
  let app: TestApp;
  let integration: TestIntegration;
  let messages = 0;
  const say = async (from: string, name: string) => {
    const id = `m${++messages}`;
    await deliver(server, integration, whatsappPayload({ from, name, id, text: `${name} on ${from}` }));
  };
  const begin = async () => {
    app = await server.newApp();
    integration = await connect(app, "whatsapp");
  };
  const texts = async () => (await peopleOf(server, app)).map((person) => [...textsOf(person)].sort()).sort();

  test("is followed to a new number, and who gets the old one is somebody else", async () => {
    await begin();
    await say("16505550001", "Ada");
    for (let time = 0; time < 2; time++)
      await deliver(server, integration, changedNumber("16505550001", "16505550002"));
    await say("16505550002", "Ada");
    await say("16505550001", "Eve");
    expect(await texts()).toEqual([["Ada on 16505550001", "Ada on 16505550002"], ["Eve on 16505550001"]]);
    const [ada] = await peopleOf(server, app);
    expect(ada?.clients).toMatchObject([{ externalId: "16505550002" }]);
  });

  test("who gets the old number, and changes it too, takes nothing of whom it belonged to before", async () => {
    await begin();
    await say("16505550001", "Ada");
    await deliver(server, integration, changedNumber("16505550001", "16505550002"));
    await say("16505550001", "Eve");
    await deliver(server, integration, changedNumber("16505550001", "16505550003"));
    await say("16505550003", "Eve");
    await say("16505550001", "Mallory");
    await say("16505550002", "Ada");
    expect(await texts()).toEqual([
      ["Ada on 16505550001", "Ada on 16505550002"],
      ["Eve on 16505550001", "Eve on 16505550003"],
      ["Mallory on 16505550001"],
    ]);
  });

  test("who wrote from the new number before the change was told is merged, and the old number is nobody's", async () => {
    await begin();
    await say("16505550001", "Ada");
    await say("16505550002", "Ada");
    await deliver(server, integration, changedNumber("16505550001", "16505550002"));
    await say("16505550001", "Eve");
    await say("16505550002", "Ada");
    expect(await texts()).toEqual([
      ["Ada on 16505550001", "Ada on 16505550002", "Ada on 16505550002"],
      ["Eve on 16505550001"],
    ]);
  });

  test("who got an old number and turns out to be somebody known leaves whom it belonged to before alone", async () => {
    await begin();
    await say("16505550001", "Ada");
    await deliver(server, integration, changedNumber("16505550001", "16505550002"));
    await say("16505550003", "Eve");
    await say("16505550001", "Eve");
    await deliver(
      server,
      integration,
      whatsappPayload({ from: "16505550003", userId: "US.EVE", id: "u1", name: "Eve", text: "Eve 3" }),
    );
    await deliver(
      server,
      integration,
      whatsappPayload({ from: "16505550001", userId: "US.EVE", id: "u2", name: "Eve", text: "Eve 1" }),
    );
    await say("16505550001", "Eve");
    await say("16505550002", "Ada");
    expect(await texts()).toEqual([
      ["Ada on 16505550001", "Ada on 16505550002"],
      ["Eve 1", "Eve 3", "Eve on 16505550001", "Eve on 16505550001", "Eve on 16505550003"],
    ]);
  });

  test("is told of twice while writing from both numbers, and nothing said is lost or said twice", async () => {
    for (let round = 0; round < 2; round++) {
      await begin();
      await say("16505550001", "Ada");
      const change = () => deliver(server, integration, changedNumber("16505550001", "16505550002"));
      await Promise.all([
        ...twenty.map((_, index) => say(index % 2 === 0 ? "16505550001" : "16505550002", `Ada ${index}`)),
        change(),
        change(),
      ]);
      const said = (await texts()).flat();
      expect(said).toHaveLength(21);
      expect(new Set(said).size).toBe(21);
      // Whoever it was that wrote from the old number after the change, the new one is one user's.
      await say("16505550002", "Ada at last");
      expect((await texts()).flat()).toHaveLength(22);
    }
  });

  test("is followed to a new business-scoped id", async () => {
    await begin();
    await deliver(server, integration, whatsappPayload({ from: "16505550001", userId: "US.1", id: "a", text: "one" }));
    await deliver(
      server,
      integration,
      whatsappChange(
        {
          user_id_update: [
            { wa_id: "16505550001", user_id: { previous: "US.1", current: "US.2" }, timestamp: "1750269342" },
          ],
        },
        "user_id_update",
      ),
    );
    await deliver(server, integration, whatsappPayload({ userId: "US.2", id: "b", text: "two" }));
    await deliver(server, integration, whatsappPayload({ userId: "US.1", id: "c", text: "somebody else" }));
    await deliver(server, integration, whatsappPayload({ from: "16505550001", id: "d", text: "three" }));
    expect(await texts()).toEqual([["one", "three", "two"], ["somebody else"]]);
  });

  test("is followed to a number that the business linked to the same user: one client is left, in both its conversations", async () => {
    await begin();
    const { user, conversationId } = await newPersonal(app);
    const second = await newConversation(app, { type: "personal", participants: [{ userId: user.id }] });
    const made: string[] = [];
    for (const [number, target] of [
      ["16505550001", conversationId],
      ["16505550002", second],
    ]) {
      const { body } = await app.api.post<{ client: { id: string } }>(`/v2/apps/${app.id}/users/${user.id}/clients`, {
        matchCriteria: { type: "whatsapp", integrationId: integration.id, phoneNumber: `+${number}` },
        confirmation: { type: "immediate" },
        target: { conversationId: target },
      });
      made.push(body.client.id);
    }
    await deliver(server, integration, whatsappPayload({ from: "16505550001", userId: "US.1", id: "a", text: "one" }));
    for (let time = 0; time < 2; time++)
      await deliver(server, integration, changedNumber("16505550001", "16505550002"));
    expect(await onlyPerson(server, app)).toMatchObject({
      clients: [{ id: made[1], externalId: "16505550002" }],
      participants: [{ clientAssociations: [{ type: "whatsapp", clientId: made[1] }] }],
    });
    await say("16505550002", "Ada");
    await deliver(server, integration, whatsappPayload({ userId: "US.1", id: "b", text: "by id" }));
    expect(await textsIn(app, conversationId)).toEqual(["one"]);
    expect(await textsIn(app, second)).toEqual(["Ada on 16505550002", "by id"]);
    await say("16505550001", "Eve");
    expect(await peopleOf(server, app)).toHaveLength(2);
    expect((await brokenInvariants(server.tableName)).filter((one) => one.includes(app.id))).toEqual([]);
  });
});

describe("a person whose conversation the business deleted", () => {
  test("goes on in the default one", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "whatsapp");
    await write(server, integration, { id: "15145550123", messageId: "1", text: "one" });
    const person = await onlyPerson(server, app);
    // Only a conversation that is not the default one can be deleted; a merge makes such ones.
    const participants = [{ userId: person.user.id }];
    const second = await newConversation(app, { type: "personal", participants });
    const { openDb } = await import("../../lib/db/db.ts");
    const { conversationKey, userKey } = await import("../../lib/db/keys.ts");
    const { newVersion } = await import("../../lib/db/items/userItem.ts");
    const table = openDb(server.tableName, server.endpoint);
    const first = person.conversations[0]?.id ?? "";
    const user = await getItem(table, userKey(app.id, person.user.id));
    await updateItem(table, userKey(app.id, person.user.id), {
      set: { defaultConversationId: second, version: newVersion() },
    });
    expect(user?.clients).toContain(first);
    await updateItem(table, conversationKey(app.id, first), { set: { isDefault: false } });
    expect((await app.api.delete(`/v2/apps/${app.id}/conversations/${first}`)).status).toBe(200);
    for (const text of ["two", "three"])
      expect((await write(server, integration, { id: "15145550123", messageId: text, text })).status).toBe(200);
    const after = await onlyPerson(server, app);
    expect(after.conversations[0]?.id).toBe(second);
    expect(textsOf(after)).toEqual(["two", "three"]);
    expect(after.participants[0]?.clientAssociations).toMatchObject([{ clientId: person.clients[0]?.id }]);
  });
});
