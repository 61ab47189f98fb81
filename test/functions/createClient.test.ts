import { afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  conversationsOf,
  messagesOf,
  newConversation,
  newPersonal,
  newUser,
  say,
  type TestUser,
  textsOf,
} from "../support/business.ts";
import { connect, deliver, write } from "../support/channelPeople.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import type { TestApp } from "../support/startTestServer.ts";
import { uniqueNumber } from "../support/unique.ts";

const { proxy, server } = await startProxiedServer();
const app = await server.newApp();
const whatsapp = await connect(app, "whatsapp");
afterEach(() => proxy.reset());

interface Client {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly externalId?: string;
  readonly integrationId: string;
}

/** A phone number that nobody has used. */
const newPhone = () => `+1514555${String(uniqueNumber()).padStart(4, "0")}`;
const digits = (phone: string) => phone.slice(1);

/** What a link is asked for with. */
const linking = (conversationId: string, phoneNumber: string, type = "immediate", more: object = {}) => ({
  matchCriteria: { type: "whatsapp", integrationId: whatsapp.id, phoneNumber, ...more },
  confirmation: { type },
  target: { conversationId },
});
const link = (of: TestApp, userId: string, body: object) =>
  of.api.post<{ client: Client }>(`/v2/apps/${of.id}/users/${userId}/clients`, body);
const clientsOf = async (of: TestApp, userId: string) =>
  (await of.api.get<{ clients: Client[] }>(`/v2/apps/${of.id}/users/${userId}/clients`)).body.clients;
const associationsOf = async (of: TestApp, conversationId: string) => {
  const { body } = await of.api.get<{ participants: { clientAssociations: { clientId: string }[] }[] }>(
    `/v2/apps/${of.id}/conversations/${conversationId}/participants`,
  );
  return body.participants[0]?.clientAssociations.map((one) => one.clientId);
};
/** Somebody anonymous who wrote from a phone: who that became is known by an identity that we link to nobody. */
async function stranger(phone: string, text: string): Promise<void> {
  expect(await write(server, whatsapp, { id: digits(phone), text })).toMatchObject({ status: 200 });
}

describe("createClient", () => {
  test.each(["someone", "some/one", "clients"])("nothing is posted to the path of the user %s itself", async (name) => {
    const body = linking("0".repeat(24), newPhone());
    expect(await app.api.post(`/v2/apps/${app.id}/users/${name}`, body)).toMatchObject({
      status: 404,
      body: { errors: [{ code: "not_found", title: "Resource not found" }] },
    });
  });

  describe("with the confirmation immediate", () => {
    test("links at once, and the person's next message joins the user and the conversation", async () => {
      const { user, conversationId } = await newPersonal(app);
      const phone = newPhone();
      const made = await link(app, user.externalId, linking(conversationId, `${phone.slice(0, 2)} ${phone.slice(2)}`));
      expect(made).toMatchObject({
        status: 201,
        body: {
          client: {
            type: "whatsapp",
            status: "active",
            integrationId: whatsapp.id,
            externalId: digits(phone),
            linkedAt: expect.any(String),
          },
        },
      });
      expect(made.text).not.toContain("awaiting");
      expect(await associationsOf(app, conversationId)).toEqual([made.body.client.id]);
      await stranger(phone, "it is me");
      expect(await messagesOf(app, conversationId)).toMatchObject([
        { author: { userId: user.id }, content: { text: "it is me" } },
      ]);
      expect(await clientsOf(app, user.id)).toHaveLength(1);
    });

    test.each([
      ["twilio", "+1 514-555-9901", "+15145559901"],
      ["twilio", "whatsapp:+15145559902", "whatsapp:+15145559902"],
      ["messagebird", "+1 (514) 555-9903", "+15145559903"],
    ] as const)(
      "on %s the number %s is the person whom the channel calls %s",
      async (type, phoneNumber, externalId) => {
        const integration = await connect(app, type);
        const { user, conversationId } = await newPersonal(app);
        const body = linking(conversationId, phoneNumber, "immediate", { type, integrationId: integration.id });
        expect(await link(app, user.id, body)).toMatchObject({
          status: 201,
          body: { client: { type, externalId, status: "active" } },
        });
        await write(server, integration, { id: externalId, text: "hello" });
        expect(await textsOf(app, conversationId)).toEqual(["hello"]);
      },
    );

    test("on mailgun an address is the person's in lower case", async () => {
      const mailgun = await connect(app, "mailgun");
      const { user, conversationId } = await newPersonal(app);
      const matchCriteria = {
        type: "mailgun",
        integrationId: mailgun.id,
        address: "Steve.B@Channel5.com",
        subject: "Hello",
      };
      const body = { matchCriteria, confirmation: { type: "immediate" }, target: { conversationId } };
      expect(await link(app, user.id, body)).toMatchObject({
        status: 201,
        body: { client: { externalId: "steve.b@channel5.com" } },
      });
      await write(server, mailgun, { id: "STEVE.B@channel5.com", text: "a mail" });
      expect(await textsOf(app, conversationId)).toEqual(["a mail"]);
    });

    test("of an anonymous person who wrote before makes them one user, with one history where there is one conversation", async () => {
      const { user, conversationId } = await newPersonal(app);
      const phone = newPhone();
      await say(app, conversationId, "from the business");
      await stranger(phone, "before");
      const made = await link(app, user.id, linking(conversationId, phone));
      expect(made).toMatchObject({ status: 201, body: { client: { status: "active", externalId: digits(phone) } } });
      await stranger(phone, "after");
      expect((await textsOf(app, conversationId)).sort()).toEqual(["after", "before", "from the business"]);
      const authors = (await messagesOf(app, conversationId)).map((message) => message.author.userId);
      expect(new Set(authors.filter((id) => id !== undefined))).toEqual(new Set([user.id]));
      expect(await clientsOf(app, user.id)).toMatchObject([{ id: made.body.client.id }]);
      expect(await associationsOf(app, conversationId)).toEqual([made.body.client.id]);
    });

    test("with several conversations keeps the person's own, and what is said next joins the target", async () => {
      const many = await server.newApp();
      await server.account.patch(`/v2/apps/${many.id}`, { settings: { multiConvoEnabled: true } });
      const channel = await connect(many, "whatsapp");
      const user = await newUser(many);
      const participants = [{ userId: user.id }];
      await newConversation(many, { type: "personal", participants });
      const target = await newConversation(many, { type: "personal", participants });
      const phone = newPhone();
      await write(server, channel, { id: digits(phone), text: "before" });
      const body = linking(target, phone, "immediate", { integrationId: channel.id });
      expect(await link(many, user.id, body)).toMatchObject({ status: 201, body: { client: { status: "active" } } });
      await write(server, channel, { id: digits(phone), text: "after" });
      expect(await textsOf(many, target)).toEqual(["after"]);
      const listed = await many.api.get<{ conversations: { id: string; isDefault: boolean }[] }>(
        `/v2/apps/${many.id}/conversations?filter[userId]=${user.id}`,
      );
      expect(listed.body.conversations).toHaveLength(3);
      expect(listed.body.conversations.filter((one) => one.isDefault)).toHaveLength(1);
      expect((await Promise.all(listed.body.conversations.map((one) => textsOf(many, one.id)))).flat().sort()).toEqual([
        "after",
        "before",
      ]);
    });

    test("of somebody who has an externalId is refused, and takes nothing from them", async () => {
      const [one, two] = [await newPersonal(app), await newPersonal(app)];
      const phone = newPhone();
      await link(app, one.user.id, linking(one.conversationId, phone));
      for (const type of ["immediate", "userActivity"])
        expect(await link(app, two.user.id, linking(two.conversationId, phone, type))).toMatchObject({
          status: 409,
          body: { errors: [{ code: "conflict" }] },
        });
      await stranger(phone, "still me");
      expect(await textsOf(app, one.conversationId)).toEqual(["still me"]);
      expect(await clientsOf(app, two.user.id)).toEqual([]);
    });

    test("asked for again, and many times at once, is one link", async () => {
      const { user, conversationId } = await newPersonal(app);
      const phone = newPhone();
      const made = await Promise.all(
        Array.from({ length: 8 }, () => link(app, user.id, linking(conversationId, phone))),
      );
      expect(new Set(made.map((one) => one.status))).toEqual(new Set([201]));
      expect(new Set(made.map((one) => one.body.client.id)).size).toBe(1);
      expect(await clientsOf(app, user.id)).toHaveLength(1);
      expect(await associationsOf(app, conversationId)).toHaveLength(1);
    });

    test("asked for with another conversation moves there what is said from then on", async () => {
      const { user, conversationId } = await newPersonal(app);
      const second = await newConversation(app, { type: "personal", participants: [{ userId: user.id }] });
      const phone = newPhone();
      const made = await link(app, user.id, linking(conversationId, phone));
      expect((await link(app, user.id, linking(second, phone))).body.client.id).toBe(made.body.client.id);
      await stranger(phone, "here");
      expect(await textsOf(app, conversationId)).toEqual([]);
      expect(await textsOf(app, second)).toEqual(["here"]);
    });

    test("becomes the conversation's primary client unless it is asked not to", async () => {
      const { user, conversationId } = await newPersonal(app);
      const made: string[] = [];
      for (const primary of [undefined, false, true])
        made.push(
          (await link(app, user.id, linking(conversationId, newPhone(), "immediate", { primary }))).body.client.id,
        );
      expect(await associationsOf(app, conversationId)).toEqual([made[2], made[0], made[1]]);
    });

    test("with one conversation of many as the target unites the histories, and is heard in the target from then on", async () => {
      const { user, conversationId } = await newPersonal(app);
      const target = await newConversation(app, { type: "personal", participants: [{ userId: user.id }] });
      const phone = newPhone();
      await stranger(phone, "before");
      const made = await link(app, user.id, linking(target, phone));
      await stranger(phone, "after");
      expect(await textsOf(app, conversationId)).toEqual(["before"]);
      expect(await textsOf(app, target)).toEqual(["after"]);
      expect(await associationsOf(app, target)).toEqual([made.body.client.id]);
    });

    test("in a group is heard by the others as unread", async () => {
      const [one, two] = [await newUser(app), await newUser(app)];
      const group = await newConversation(app, {
        type: "sdkGroup",
        participants: [one, two].map(({ id }) => ({ userId: id, subscribeSDKClient: false })),
      });
      const phone = newPhone();
      expect(await link(app, one.id, linking(group, phone))).toMatchObject({ status: 201 });
      await stranger(phone, "hello all");
      const { body } = await app.api.get<{ participants: { userId: string; unreadCount: number }[] }>(
        `/v2/apps/${app.id}/conversations/${group}/participants`,
      );
      const unread = [one, two].map(({ id }) => body.participants.find((each) => each.userId === id)?.unreadCount);
      expect(unread).toEqual([0, 1]);
    });

    test("a person whose conversation is deleted, or left by the user, is heard in the default one", async () => {
      const { user, conversationId } = await newPersonal(app);
      const second = await newConversation(app, { type: "personal", participants: [{ userId: user.id }] });
      const phone = newPhone();
      await link(app, user.id, linking(second, phone));
      await app.api.delete(`/v2/apps/${app.id}/conversations/${second}`);
      await stranger(phone, "one");
      const member = await newUser(app);
      const group = await newConversation(app, {
        type: "sdkGroup",
        participants: [{ userId: member.id, subscribeSDKClient: false }],
      });
      const other = newPhone();
      await link(app, member.id, linking(group, other));
      await app.api.post(`/v2/apps/${app.id}/conversations/${group}/leave`, { userId: member.id });
      await stranger(other, "two");
      expect(await textsOf(app, conversationId)).toEqual(["one"]);
      expect(await textsOf(app, group)).toEqual([]);
      const [next = ""] = await conversationsOf(app, member.id);
      expect(await textsOf(app, next)).toEqual(["two"]);
    });
  });

  describe.each(["userActivity", "prompt"])("with the confirmation %s", (confirmation) => {
    test("is pending until the person writes, then active", async () => {
      const { user, conversationId } = await newPersonal(app);
      const phone = newPhone();
      const made = await link(app, user.id, linking(conversationId, phone, confirmation));
      expect(made).toMatchObject({
        status: 201,
        body: { client: { type: "whatsapp", status: "pending", integrationId: whatsapp.id } },
      });
      expect(made.body.client).not.toHaveProperty("externalId");
      expect(await associationsOf(app, conversationId)).toEqual([]);
      expect((await link(app, user.id, linking(conversationId, phone, confirmation))).body).toEqual(made.body);
      await stranger(phone, "yes");
      expect(await clientsOf(app, user.id)).toMatchObject([
        { id: made.body.client.id, status: "active", externalId: digits(phone), displayName: expect.any(String) },
      ]);
      expect(await messagesOf(app, conversationId)).toMatchObject([
        { author: { userId: user.id }, content: { text: "yes" } },
      ]);
      expect(await associationsOf(app, conversationId)).toEqual([made.body.client.id]);
      expect(await link(app, user.id, linking(conversationId, phone, confirmation))).toMatchObject({
        status: 201,
        body: { client: { id: made.body.client.id, status: "active" } },
      });
    });
  });

  describe("with a pending link", () => {
    test("the present holder is not disturbed, and becomes part of the user only by writing", async () => {
      const { user, conversationId } = await newPersonal(app);
      const phone = newPhone();
      await stranger(phone, "before");
      await link(app, user.id, linking(conversationId, phone, "prompt"));
      expect(await textsOf(app, conversationId)).toEqual([]);
      await stranger(phone, "after");
      expect(await textsOf(app, conversationId)).toEqual(["before", "after"]);
      const clients = await clientsOf(app, user.id);
      expect(clients).toMatchObject([{ status: "active", externalId: digits(phone) }]);
      expect(await associationsOf(app, conversationId)).toEqual([clients[0]?.id]);
    });

    test("two messages of the person at the same moment are both kept, and make one client", async () => {
      const { user, conversationId } = await newPersonal(app);
      const phone = newPhone();
      await link(app, user.id, linking(conversationId, phone, "prompt"));
      await Promise.all(["a", "b", "c", "d"].map((text) => stranger(phone, text)));
      expect((await textsOf(app, conversationId)).sort()).toEqual(["a", "b", "c", "d"]);
      expect(await clientsOf(app, user.id)).toHaveLength(1);
    });

    test("a person who becomes the user by a change of number first is one client, and the link is done with", async () => {
      const { user, conversationId } = await newPersonal(app);
      const [old, present] = [newPhone(), newPhone()];
      const made = await link(app, user.id, linking(conversationId, old));
      await stranger(present, "from the new number");
      await link(app, user.id, linking(conversationId, present, "prompt"));
      const changed = {
        from: digits(old),
        id: "change-of-number",
        timestamp: "1749416383",
        type: "system",
        system: { type: "user_changed_number", wa_id: digits(present), body: "changed" },
      };
      const value = {
        messaging_product: "whatsapp",
        metadata: { display_phone_number: "15550783881", phone_number_id: "106540352242922" },
        messages: [changed],
      };
      await deliver(server, whatsapp, {
        object: "whatsapp_business_account",
        entry: [{ id: "1", changes: [{ field: "messages", value }] }],
      });
      await stranger(present, "still me");
      expect((await textsOf(app, conversationId)).sort()).toEqual(["from the new number", "still me"]);
      expect(await clientsOf(app, user.id)).toMatchObject([{ id: made.body.client.id, status: "active" }]);
    });

    test("an immediate link of the same user makes it stand", async () => {
      const { user, conversationId } = await newPersonal(app);
      const phone = newPhone();
      const pending = await link(app, user.id, linking(conversationId, phone, "prompt"));
      expect(await link(app, user.id, linking(conversationId, phone))).toMatchObject({
        status: 201,
        body: { client: { id: pending.body.client.id, status: "active" } },
      });
      await stranger(phone, "hi");
      expect(await textsOf(app, conversationId)).toEqual(["hi"]);
      expect(await clientsOf(app, user.id)).toHaveLength(1);
    });

    test("another user cannot be linked to the same person", async () => {
      const [one, two] = [await newPersonal(app), await newPersonal(app)];
      const phone = newPhone();
      await link(app, one.user.id, linking(one.conversationId, phone, "prompt"));
      for (const type of ["immediate", "prompt"])
        expect(await link(app, two.user.id, linking(two.conversationId, phone, type))).toMatchObject({
          status: 409,
          body: { errors: [{ code: "conflict" }] },
        });
    });

    test("a link that was taken back waits no more", async () => {
      const [one, two] = [await newPersonal(app), await newPersonal(app)];
      const phone = newPhone();
      await stranger(phone, "anonymous");
      const pending = await link(app, one.user.id, linking(one.conversationId, phone, "prompt"));
      await app.api.delete(`/v2/apps/${app.id}/users/${one.user.id}/clients/${pending.body.client.id}`);
      expect(await link(app, two.user.id, linking(two.conversationId, phone))).toMatchObject({ status: 201 });
      await stranger(phone, "known");
      expect(await textsOf(app, two.conversationId)).toEqual(["anonymous", "known"]);
      expect(await textsOf(app, one.conversationId)).toEqual([]);
    });
  });

  describe("when the answer of a call to the table is lost", () => {
    /** Lets the calls after the first so many go so, as often as they are tried, and answers whether that came to pass. */
    const interrupted = async (after: number, act: () => Promise<{ readonly status: number }>): Promise<boolean> => {
      proxy.reset();
      proxy.fault({ kind: "reset after", after, times: 8 });
      const { status } = await act();
      proxy.reset();
      expect([200, 201, 500]).toContain(status);
      return status === 500;
    };

    test("a link that is asked for again stands as if nothing had been, also with a person who had written", async () => {
      for (let after = 0; ; after++) {
        const { user, conversationId } = await newPersonal(app);
        const phone = newPhone();
        await stranger(phone, "before");
        const broken = await interrupted(after, () => link(app, user.id, linking(conversationId, phone)));
        expect(await link(app, user.id, linking(conversationId, phone))).toMatchObject({ status: 201 });
        await stranger(phone, "after");
        expect(await textsOf(app, conversationId)).toEqual(["before", "after"]);
        const clients = await clientsOf(app, user.id);
        expect(clients).toMatchObject([{ status: "active", externalId: digits(phone) }]);
        expect(await associationsOf(app, conversationId)).toEqual([clients[0]?.id]);
        if (!broken) break;
      }
    });

    test("a message that confirms a link is kept once, and the link stands, when it is delivered again", async () => {
      for (let after = 0; ; after++) {
        const { user, conversationId } = await newPersonal(app);
        const phone = newPhone();
        await stranger(phone, "before");
        await link(app, user.id, linking(conversationId, phone, "prompt"));
        const said = { id: digits(phone), text: "after", messageId: `interrupted-${after}` };
        const broken = await interrupted(after, () => write(server, whatsapp, said));
        expect(await write(server, whatsapp, said)).toMatchObject({ status: 200 });
        expect(await textsOf(app, conversationId)).toEqual(["before", "after"]);
        const clients = await clientsOf(app, user.id);
        expect(clients).toMatchObject([{ status: "active", externalId: digits(phone) }]);
        expect(await associationsOf(app, conversationId)).toEqual([clients[0]?.id]);
        if (!broken) break;
      }
    });
  });

  describe("a link is refused", () => {
    let user: TestUser;
    let conversationId: string;
    beforeAll(async () => {
      ({ user, conversationId } = await newPersonal(app));
    });

    test.each([
      ["without +", { phoneNumber: "15145550000" }],
      ["without country code", { phoneNumber: "212 555 2368" }],
      ["of letters", { phoneNumber: "+1 514 CALL ME" }],
      ["that is too long", { phoneNumber: `+${"1".repeat(16)}` }],
      ["with a prefix of Twilio's", { phoneNumber: "whatsapp:+15145550000" }],
      ["that is no text", { phoneNumber: 15145550000 }],
      ["that is left out", { phoneNumber: undefined }],
    ])("for a number %s", async (_, criteria) => {
      const body = linking(conversationId, "", "immediate", criteria);
      expect(await link(app, user.id, body)).toMatchObject({
        status: 400,
        body: { errors: [{ code: "bad_request" }] },
      });
    });

    test.each([
      ["a channel that cannot be linked", { matchCriteria: { type: "telegram", integrationId: "0".repeat(24) } }],
      ["an address that is none", { matchCriteria: { type: "mailgun", integrationId: "0".repeat(24), address: "x" } }],
      ["an unknown confirmation", { confirmation: { type: "maybe" } }],
      ["no confirmation", { confirmation: undefined }],
      ["no target", { target: undefined }],
    ])("for %s", async (_, part) => {
      const body = { ...linking(conversationId, newPhone()), ...part };
      expect(await link(app, user.id, body)).toMatchObject({
        status: 400,
        body: { errors: [{ code: "bad_request" }] },
      });
    });

    test("for an integration that is unknown, another app's, or of another type", async () => {
      const other = await server.newApp();
      const foreign = await connect(other, "whatsapp");
      for (const integrationId of ["0".repeat(24), foreign.id, "no id"])
        expect(
          await link(app, user.id, linking(conversationId, newPhone(), "immediate", { integrationId })),
        ).toMatchObject({ status: 404, body: { errors: [{ code: "integration_not_found" }] } });
      const twilio = await connect(app, "twilio");
      expect(
        await link(app, user.id, linking(conversationId, newPhone(), "immediate", { integrationId: twilio.id })),
      ).toMatchObject({ status: 400, body: { errors: [{ title: "Invalid integration type" }] } });
    });

    test("for an unknown user or conversation, and for a conversation of others", async () => {
      expect(await link(app, "nobody", linking(conversationId, newPhone()))).toMatchObject({
        status: 404,
        body: { errors: [{ code: "user_not_found" }] },
      });
      expect(await link(app, user.id, linking("0".repeat(24), newPhone()))).toMatchObject({
        status: 404,
        body: { errors: [{ code: "conversation_not_found" }] },
      });
      const others = await newPersonal(app);
      expect(await link(app, user.id, linking(others.conversationId, newPhone()))).toMatchObject({
        status: 404,
        body: { errors: [{ code: "not_found", title: "User is not a member of the conversation" }] },
      });
    });

    test("for a user who has 25 clients", async () => {
      const { user, conversationId } = await newPersonal(app);
      for (let index = 0; index < 25; index++)
        expect(await link(app, user.id, linking(conversationId, newPhone()))).toMatchObject({ status: 201 });
      expect(await link(app, user.id, linking(conversationId, newPhone()))).toMatchObject({
        status: 400,
        body: { errors: [{ title: "A user is limited to 25 clients" }] },
      });
    });
  });
});
