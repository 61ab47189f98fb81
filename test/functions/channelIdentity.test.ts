import { describe, expect, test } from "vitest";
import { newPersonal } from "../support/business.ts";
import { connect, deliver, onlyPerson, peopleOf, type TestIntegration, textsOf } from "../support/channelPeople.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { startTestServer, type TestApp } from "../support/startTestServer.ts";
import { whatsappChange } from "../support/whatsappPayload.ts";

/** Networks give numbers to other people, and channels give people other ids: what is shown of a client follows. */

const server = await startTestServer();
const now = Math.floor(Date.now() / 1000);

/** What a person is known by in a delivery, when it was written in seconds from now, and the name the person goes by. */
interface Said {
  readonly number?: string;
  readonly userId?: string;
  readonly parentId?: string;
  readonly name?: string;
  readonly at?: number;
}

const onWhatsapp = ({ number, userId, parentId, name, at = 0 }: Said, text: string) =>
  whatsappChange({
    contacts: [
      { profile: name === undefined ? {} : { name }, wa_id: number, user_id: userId, parent_user_id: parentId },
    ],
    messages: [
      {
        from: number,
        from_user_id: userId,
        from_parent_user_id: parentId,
        id: `wamid.${text}`,
        timestamp: String(now + at),
        type: "text",
        text: { body: text },
      },
    ],
  });

const onTwilio = ({ number, userId, name }: Said, text: string) => ({
  AccountSid: "ACa1b4c65ee0722712fab89867cb14eac7",
  SmsStatus: "received",
  NumMedia: "0",
  MessageSid: `SM${text}`,
  Body: text,
  From: number === undefined ? `whatsapp:${userId}` : `whatsapp:+${number}`,
  ...(number === undefined ? {} : { WaId: number }),
  ...(userId === undefined ? {} : { ExternalUserId: `whatsapp:${userId}` }),
  ...(name === undefined ? {} : { ProfileName: name }),
});

const channels = { whatsapp: onWhatsapp, twilio: onTwilio } as const;

async function begin(type: keyof typeof channels = "whatsapp") {
  const app = await server.newApp();
  const integration = await connect(app, type);
  return {
    app,
    integration,
    say: async (said: Said, text: string) => {
      const answer = await deliver(server, integration, channels[type](said, text));
      expect(answer.status).toBe(200);
    },
    /** The client of who said this. */
    clientOf: async (text: string) => {
      const people = await peopleOf(server, app);
      return people.find((person) => textsOf(person).includes(text))?.clients[0];
    },
    texts: async () => (await peopleOf(server, app)).map((person) => textsOf(person)),
  };
}

const change = (integration: TestIntegration, system: object, from?: string, at = 0) =>
  deliver(
    server,
    integration,
    whatsappChange({ messages: [{ from, id: `c${at}`, timestamp: String(now + at), type: "system", system }] }),
  );

const expectInvariants = async (app: TestApp) =>
  expect((await brokenInvariants(server.tableName)).filter((one) => one.includes(app.id))).toEqual([]);

describe("a client of a person whose ids change", () => {
  test("goes by the number as long as the person has it, with the new user id beside it", async () => {
    const { app, integration, say, clientOf } = await begin();
    await say({ number: "491700000211", userId: "US.11", name: "Bo", at: -300 }, "1");
    const renamed = { user_id: "US.12", previous_user_id: "US.11", type: "user_changed_user_id" };
    await change(integration, renamed, undefined, -250);
    const shown = { externalId: "491700000211", raw: { from: "491700000211", user_id: "US.12" } };
    expect(await clientOf("1")).toMatchObject(shown);
    await say({ number: "491700000211", name: "Bo", at: -200 }, "3");
    expect(await clientOf("3")).toMatchObject(shown);
    expect((await onlyPerson(server, app)).messages).toHaveLength(2);
    await expectInvariants(app);
  });

  test("shows the new number wherever it showed the old one", async () => {
    const { app, integration, say, clientOf } = await begin();
    await say({ number: "491700000221", at: -300 }, "1");
    expect(await clientOf("1")).toMatchObject({ displayName: "+491700000221" });
    await change(integration, { type: "user_changed_number", wa_id: "491700000222" }, "491700000221", -250);
    expect(await clientOf("1")).toMatchObject({
      externalId: "491700000222",
      displayName: "+491700000222",
      raw: { from: "491700000222" },
    });
    await expectInvariants(app);
  });

  test("keeps a name that is none of its numbers, and what a business linked by number shows the new one", async () => {
    const { app, integration, say, clientOf } = await begin();
    await say({ number: "491700000231", userId: "US.31", name: "Bo", at: -300 }, "1");
    await change(integration, { type: "user_changed_number", wa_id: "491700000232" }, "491700000231", -250);
    expect(await clientOf("1")).toMatchObject({ externalId: "491700000232", displayName: "Bo" });
    const { user, conversationId } = await newPersonal(app);
    await app.api.post(`/v2/apps/${app.id}/users/${user.id}/clients`, {
      matchCriteria: { type: "whatsapp", integrationId: integration.id, phoneNumber: "+491700000241" },
      confirmation: { type: "immediate" },
      target: { conversationId },
    });
    await change(integration, { type: "user_changed_number", wa_id: "491700000242" }, "491700000241", -240);
    const { body: list } = await app.api.get<{ clients: unknown[] }>(`/v2/apps/${app.id}/users/${user.id}/clients`);
    expect(list.clients).toMatchObject([
      { externalId: "491700000242", displayName: "+491700000242", info: { phoneNumber: "+491700000242" } },
    ]);
  });

  test.each(["whatsapp", "twilio"] as const)(
    "on %s goes by the number once it is seen, and by the next one, whose former holder it is not any more",
    async (type) => {
      const { app, say, clientOf, texts } = await begin(type);
      const id = (number: string) => (type === "whatsapp" ? number : `whatsapp:+${number}`);
      await say({ userId: "US.41", at: -300 }, "by id");
      await say({ number: "491700000251", userId: "US.41", at: -290 }, "by both");
      expect(await clientOf("by id")).toMatchObject({ externalId: id("491700000251") });
      await say({ number: "491700000252", userId: "US.41", at: -280 }, "from another number");
      const client = await clientOf("by id");
      expect(client).toMatchObject({ externalId: id("491700000252"), displayName: "+491700000252" });
      expect(JSON.stringify(client)).not.toContain("491700000251");
      await say({ number: "491700000251", at: -270 }, "a stranger");
      await say({ number: "491700000252", at: -260 }, "by number");
      expect(await texts()).toEqual([["by id", "by both", "from another number", "by number"], ["a stranger"]]);
      await expectInvariants(app);
    },
  );

  test("of two that turn out to be one person's goes by the number", async () => {
    const { app, say, clientOf } = await begin();
    await say({ userId: "US.51", name: "Bo", at: -300 }, "by id");
    await say({ number: "491700000261", name: "Bo", at: -290 }, "by number");
    await say({ number: "491700000261", userId: "US.51", name: "Bo", at: -280 }, "by both");
    expect((await onlyPerson(server, app)).clients).toMatchObject([
      { externalId: "491700000261", raw: { from: "491700000261", user_id: "US.51" } },
    ]);
    expect(await clientOf("by id")).toEqual(await clientOf("by number"));
  });
});

describe.each(["whatsapp", "twilio"] as const)("a number that comes with another user id, on %s,", (type) => {
  const old = { number: "491700000161", userId: "DE.61", name: "Old Owner", at: -300 };
  const next = { number: "491700000161", userId: "DE.62", name: "New Owner", at: -100 };

  test("is another person's, who shares nothing with the one before", async () => {
    const { app, say, texts, clientOf } = await begin(type);
    await say(old, "private");
    await say(next, "hello");
    await say({ userId: "DE.61", name: "Old Owner", at: -50 }, "it's me, old owner");
    await say({ number: "491700000161", name: "New Owner", at: -40 }, "by number");
    expect(await texts()).toEqual([
      ["private", "it's me, old owner"],
      ["hello", "by number"],
    ]);
    const [first, second] = await peopleOf(server, app);
    expect(first?.user.profile).toMatchObject({ givenName: "Old" });
    expect(second?.user.profile).toMatchObject({ givenName: "New" });
    expect(first?.clients).toMatchObject([{ displayName: "Old Owner" }]);
    expect(JSON.stringify(first?.clients)).not.toContain("491700000161");
    expect(await clientOf("hello")).toMatchObject({ displayName: "New Owner" });
    await expectInvariants(app);
  });

  test("goes to somebody known by that user id, and back to who proves it later", async () => {
    const { app, say, texts } = await begin(type);
    await say(old, "private");
    await say({ userId: "DE.62", name: "New Owner", at: -200 }, "by id");
    await say(next, "hello");
    await say({ number: "491700000161", at: -90 }, "by number");
    await say({ ...old, at: -80 }, "back");
    await say({ number: "491700000161", at: -70 }, "by number again");
    expect(await texts()).toEqual([
      ["private", "back", "by number again"],
      ["by id", "hello", "by number"],
    ]);
    await expectInvariants(app);
  });

  test("is the new person's though what the one before said comes again, and each counts once", async () => {
    const { app, say, texts } = await begin(type);
    await say(old, "private");
    await say(next, "hello");
    for (let time = 0; time < 2; time++) {
      await say(old, "private");
      await say(next, "hello");
    }
    await say({ number: "491700000161", at: -40 }, "by number");
    expect(await texts()).toEqual([["private"], ["hello", "by number"]]);
    await expectInvariants(app);
  });

  test("is one person's at a time while both write", async () => {
    const { app, say } = await begin(type);
    await say(old, "private");
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => say(index % 2 ? old : next, `${index % 2 ? "old" : "new"} ${index}`)),
    );
    const people = await peopleOf(server, app);
    expect(people).toHaveLength(2);
    expect(people.map((person) => new Set(textsOf(person).map((text) => String(text).replace(/ .*/, ""))))).toEqual([
      new Set(["private", "old"]),
      new Set(["new"]),
    ]);
    await expectInvariants(app);
  });

  test("takes no link that waits for it from the user whom the writer is to be, nor the one before along", async () => {
    const { app, integration, say } = await begin(type);
    await say(old, "private");
    const { user, conversationId } = await newPersonal(app);
    await app.api.post(`/v2/apps/${app.id}/users/${user.id}/clients`, {
      matchCriteria: {
        type,
        integrationId: integration.id,
        phoneNumber: type === "whatsapp" ? "+491700000161" : "whatsapp:+491700000161",
      },
      confirmation: { type: "userActivity" },
      target: { conversationId },
    });
    await say(next, "hello");
    const people = await peopleOf(server, app);
    expect(people).toHaveLength(2);
    expect(people.map((person) => [person.user.id === user.id, textsOf(person)])).toEqual(
      expect.arrayContaining([
        [false, ["private"]],
        [true, ["hello"]],
      ]),
    );
  });
});

describe("on WhatsApp", () => {
  test("a stranger with the number whose owner got another user id is a stranger", async () => {
    const { integration, say, texts } = await begin();
    await say({ number: "491700000171", userId: "DE.1", at: -300 }, "one");
    const renamed = { user_id: "DE.2", previous_user_id: "DE.1", type: "user_changed_user_id" };
    await change(integration, renamed, undefined, -250);
    await say({ number: "491700000171", userId: "DE.9", at: -200 }, "nine");
    await say({ userId: "DE.2", at: -100 }, "two");
    expect(await texts()).toEqual([["one", "two"], ["nine"]]);
  });

  test("what was written before the number changed hands, and comes late, takes it from nobody", async () => {
    const { app, say, texts } = await begin();
    await say({ number: "491700000181", userId: "DE.1", at: -300 }, "one");
    await say({ number: "491700000181", userId: "DE.2", at: -200 }, "two");
    await say({ number: "491700000181", userId: "DE.1", at: -250 }, "late");
    await say({ number: "491700000181", userId: "DE.3", at: -350 }, "later still");
    await say({ number: "491700000181", at: -100 }, "by number");
    expect(await texts()).toEqual([["one", "late"], ["two", "by number"], ["later still"]]);
    expect(JSON.stringify((await peopleOf(server, app))[2]?.clients)).not.toContain("491700000181");
    await expectInvariants(app);
  });

  test("what was written from an old number, and comes late, does not bring it back", async () => {
    const { app, say, texts } = await begin();
    await say({ number: "491700000191", userId: "DE.1", at: -300 }, "one");
    await say({ number: "491700000192", userId: "DE.1", at: -200 }, "two");
    await say({ number: "491700000191", userId: "DE.1", at: -250 }, "late");
    await say({ number: "491700000191", at: -100 }, "a stranger");
    expect(await texts()).toEqual([["one", "two", "late"], ["a stranger"]]);
    await expectInvariants(app);
  });

  test("a person known to the group of companies stays one under another company's user id", async () => {
    const { say, texts } = await begin();
    await say({ number: "491700000195", userId: "DE.1", parentId: "DE.ENT.1", at: -300 }, "one");
    await say({ number: "491700000195", userId: "DE.2", parentId: "DE.ENT.1", at: -200 }, "two");
    await say({ userId: "DE.1", at: -100 }, "three");
    expect(await texts()).toEqual([["one", "two", "three"]]);
  });
});
