import { describe, expect, test } from "vitest";
import { openDb } from "../../lib/db/db.ts";
import { conversationKey } from "../../lib/db/keys.ts";
import { updateItem } from "../../lib/db/writeItems.ts";
import { newConversation, newGroup, newIntegration, newPersonal, newUser, say } from "../support/business.ts";
import { newDevice, newGuest } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/conversations`;

describe("postMessage", () => {
  test.each([
    { type: "text", text: "Hello 👋 ümläut" },
    { type: "text", text: "Hello", htmlText: "<h1>Hello</h1>", blockChatInput: true },
    { type: "image", mediaUrl: "https://example.org/a.png", altText: "a picture" },
    { type: "file", mediaUrl: "https://example.org/a.pdf", mediaType: "application/pdf" },
    { type: "location", coordinates: { lat: 52.5, long: 13.4 }, location: { name: "Berlin" } },
  ])("the business posts a message of type $type", async (content) => {
    const { conversationId } = await newPersonal(app);
    const posted = await app.api.post(`${base}/${conversationId}/messages`, {
      author: { type: "business", displayName: "Ann", avatarUrl: "https://example.org/ann.png" },
      content,
      metadata: { ticket: 7 },
    });
    expect(posted).toMatchObject({
      status: 201,
      body: {
        messages: [
          {
            author: { type: "business", displayName: "Ann" },
            content,
            source: { type: "api:conversations" },
            metadata: { ticket: 7 },
          },
        ],
      },
    });
    expect(await app.api.get(`${base}/${conversationId}/messages`)).toMatchObject({
      body: { messages: [{ content }] },
    });
  });

  test("the URL of a file may be as long as a signed one is", async () => {
    const { conversationId } = await newPersonal(app);
    const mediaUrl = `https://bucket.example.org/file?signature=${"x".repeat(4000)}`;
    expect(
      await app.api.post(`${base}/${conversationId}/messages`, {
        author: { type: "business" },
        content: { type: "file", mediaUrl },
      }),
    ).toMatchObject({ status: 201, body: { messages: [{ content: { mediaUrl } }] } });
  });

  test.each([
    { type: "text", text: "Hello 👋" },
    { type: "image", mediaUrl: "https://example.org/a.png", altText: "a picture", text: "look" },
    { type: "file", mediaUrl: "https://example.org/a.pdf", mediaType: "application/pdf" },
    {
      type: "location",
      coordinates: { lat: 52.5, long: 13.4 },
      location: { name: "Berlin", address: "Alexanderplatz" },
    },
  ])("content of type $type reaches the SDK by its next poll, and the business from the SDK", async (content) => {
    const person = await newGuest(newDevice(server, app, await newIntegration(app)));
    const path = `/conversations/${person.conversationId}`;
    await app.api.post(`${base}/${person.conversationId}/messages`, {
      author: { type: "business", displayName: "Ann" },
      content,
      metadata: { ticket: 7 },
    });
    // What an SDK polls with, and what it loads a conversation with.
    for (const poll of [path, `${path}/messages`])
      expect(await person.get(poll)).toMatchObject({
        status: 200,
        body: {
          conversation: { participants: [{ unreadCount: 1 }] },
          messages: [{ ...content, role: "appMaker", name: "Ann", metadata: { ticket: 7 } }],
        },
      });
    expect(
      await person.post(`${path}/messages`, {
        message: { ...content, metadata: { step: 1 } },
        author: { role: "appUser", appUserId: person.appUserId },
      }),
    ).toMatchObject({ status: 201, body: { messages: [{ ...content, role: "appUser" }] } });
    expect(await app.api.get(`${base}/${person.conversationId}/messages`)).toMatchObject({
      body: {
        messages: [
          { content, author: { type: "business", displayName: "Ann" }, source: { type: "api:conversations" } },
          {
            content,
            author: { type: "user", userId: person.appUserId },
            source: { type: "web" },
            metadata: { step: 1 },
          },
        ],
      },
    });
  });

  test("the message after the 30 000th is refused, by the business and by the person, until one is deleted", async () => {
    const person = await newGuest(newDevice(server, app, await newIntegration(app)));
    const path = `${base}/${person.conversationId}/messages`;
    const said = await say(app, person.conversationId, "one of many");
    await updateItem(openDb(server.tableName, server.endpoint), conversationKey(app.id, person.conversationId), {
      set: { messageCount: 29_999 },
    });
    const text = { type: "text", text: "more" };
    const byBusiness = () => app.api.post(path, { author: { type: "business" }, content: text });
    const byPerson = () =>
      person.post(`/conversations/${person.conversationId}/messages`, {
        message: text,
        author: { role: "appUser", appUserId: person.appUserId },
      });
    expect(await byBusiness()).toMatchObject({ status: 201 });
    const title = "Message limit of 30000 per conversation reached.";
    expect(await byBusiness()).toMatchObject({ status: 423, body: { errors: [{ code: "locked", title }] } });
    expect(await byPerson()).toMatchObject({ status: 423, body: { error: { code: "locked", description: title } } });
    expect((await app.api.get<{ messages: object[] }>(path)).body.messages).toHaveLength(2);
    await app.api.delete(`${path}/${said}`);
    expect(await byPerson()).toMatchObject({ status: 201 });
    expect(await byPerson()).toMatchObject({ status: 423 });
    await app.api.delete(path);
    expect(await byBusiness()).toMatchObject({ status: 201 });
  });

  test("what the business says is unread by the person, and moves the conversation's last update", async () => {
    const { conversationId } = await newPersonal(app);
    await say(app, conversationId, "one");
    await say(app, conversationId, "two");
    expect(await app.api.get(`${base}/${conversationId}/participants`)).toMatchObject({
      body: { participants: [{ unreadCount: 2 }] },
    });
    const { body } = await app.api.get<{ conversation: { createdAt: string; lastUpdatedAt: string } }>(
      `${base}/${conversationId}`,
    );
    expect(body.conversation.lastUpdatedAt > body.conversation.createdAt).toBe(true);
  });

  test("a participant is an author by id or externalId, under the person's own name, and makes nothing unread", async () => {
    const user = await app.api.post<{ user: { id: string } }>(`/v2/apps/${app.id}/users`, {
      externalId: "author",
      profile: { givenName: "Grace", surname: "Hopper" },
    });
    const conversationId = await newConversation(app, {
      type: "personal",
      participants: [{ userExternalId: "author" }],
    });
    for (const author of [
      { type: "user", userId: user.body.user.id },
      { type: "user", userExternalId: "author" },
    ])
      expect(
        await app.api.post(`${base}/${conversationId}/messages`, { author, content: { type: "text", text: "hi" } }),
      ).toMatchObject({
        status: 201,
        body: { messages: [{ author: { type: "user", userId: user.body.user.id, displayName: "Grace Hopper" } }] },
      });
    expect(await app.api.get(`${base}/${conversationId}/participants`)).toMatchObject({
      body: { participants: [{ unreadCount: 0 }] },
    });
  });

  test("users of brands who share an externalId are told apart by the author's brandId", async () => {
    const users = `/v2/apps/${app.id}/users`;
    await app.api.post(users, { externalId: "shared" });
    const { body } = await app.api.post<{ user: { id: string } }>(users, { externalId: "shared", brandId: "42" });
    const conversationId = await newConversation(app, { type: "personal", participants: [{ userId: body.user.id }] });
    const author = { type: "user", userExternalId: "shared" };
    const content = { type: "text", text: "hi" };
    expect(
      await app.api.post(`${base}/${conversationId}/messages`, { author: { ...author, brandId: "42" }, content }),
    ).toMatchObject({ status: 201, body: { messages: [{ author: { userId: body.user.id } }] } });
    expect(await app.api.post(`${base}/${conversationId}/messages`, { author, content })).toMatchObject({
      status: 404,
    });
  });

  test("what one says in a group is unread by the others", async () => {
    const { users, conversationId } = await newGroup(app, 3);
    await app.api.post(`${base}/${conversationId}/messages`, {
      author: { type: "user", userId: users[0]?.id },
      content: { type: "text", text: "hi all" },
    });
    await say(app, conversationId, "welcome");
    const { body } = await app.api.get<{ participants: { userId: string; unreadCount: number }[] }>(
      `${base}/${conversationId}/participants`,
    );
    const unread = users.map((user) => body.participants.find((one) => one.userId === user.id)?.unreadCount);
    expect(unread).toEqual([1, 2, 2]);
  });

  test("somebody who is not in the conversation is no author in it", async () => {
    const { conversationId } = await newPersonal(app);
    const stranger = await newUser(app);
    expect(
      await app.api.post(`${base}/${conversationId}/messages`, {
        author: { type: "user", userId: stranger.id },
        content: { type: "text", text: "hi" },
      }),
    ).toMatchObject({
      status: 404,
      body: { errors: [{ code: "not_found", title: "User is not a member of the conversation" }] },
    });
  });

  test("payment card numbers are masked unless the app says otherwise, other numbers stay", async () => {
    const { conversationId } = await newPersonal(app);
    const { body } = await app.api.post<{ messages: [{ content: { text: string } }] }>(
      `${base}/${conversationId}/messages`,
      {
        author: { type: "business" },
        content: { type: "text", text: "4111 1111 1111 1111 and 1234567890123" },
      },
    );
    expect(body.messages[0].content.text).toBe("**** **** **** 1111 and 1234567890123");
    const open = await server.newApp();
    await server.account.patch(`/v2/apps/${open.id}`, { settings: { maskCreditCardNumbers: false } });
    const other = await newPersonal(open);
    const plain = await open.api.post<{ messages: [{ content: { text: string } }] }>(
      `/v2/apps/${open.id}/conversations/${other.conversationId}/messages`,
      {
        author: { type: "business" },
        content: { type: "text", text: "4111111111111111" },
      },
    );
    expect(plain.body.messages[0].content.text).toBe("4111111111111111");
  });

  test("an unnamed person has an animal's name where the app wants it, always the same", async () => {
    const zoo = await server.newApp();
    await server.account.patch(`/v2/apps/${zoo.id}`, { settings: { useAnimalNames: true } });
    const { user, conversationId } = await newPersonal(zoo);
    const names = await Promise.all(
      [1, 2].map(async () => {
        const { body } = await zoo.api.post<{ messages: [{ author: { displayName: string } }] }>(
          `/v2/apps/${zoo.id}/conversations/${conversationId}/messages`,
          {
            author: { type: "user", userId: user.id },
            content: { type: "text", text: "hi" },
          },
        );
        return body.messages[0].author.displayName;
      }),
    );
    expect(names[0]).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/);
    expect(names[0]).toBe(names[1]);
  });

  test.each([
    ["no author", { content: { type: "text", text: "a" } }],
    ["no content", { author: { type: "business" } }],
    ["an empty text", { author: { type: "business" }, content: { type: "text", text: "" } }],
    ["a text of 4097 characters", { author: { type: "business" }, content: { type: "text", text: "x".repeat(4097) } }],
    ["a kind that there is not", { author: { type: "business" }, content: { type: "song", url: "https://a.example" } }],
    ["an image without URL", { author: { type: "business" }, content: { type: "image" } }],
    [
      "a place beyond the pole",
      { author: { type: "business" }, content: { type: "location", coordinates: { lat: 91, long: 0 } } },
    ],
    ["an unnamed user as author", { author: { type: "user" }, content: { type: "text", text: "a" } }],
  ])("%s is refused", async (_, body) => {
    const { conversationId } = await newPersonal(app);
    expect(await app.api.post(`${base}/${conversationId}/messages`, body)).toMatchObject({
      status: 400,
      body: { errors: [{ code: "bad_request" }] },
    });
  });

  test("of fifty messages at once each is kept and counted", async () => {
    const { conversationId } = await newPersonal(app);
    await Promise.all(Array.from({ length: 50 }, (_, index) => say(app, conversationId, `m${index}`)));
    const { body } = await app.api.get<{ messages: object[] }>(`${base}/${conversationId}/messages`);
    expect(body.messages).toHaveLength(50);
    expect(await app.api.get(`${base}/${conversationId}/participants`)).toMatchObject({
      body: { participants: [{ unreadCount: 50 }] },
    });
  });
});
