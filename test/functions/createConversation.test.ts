import { describe, expect, test } from "vitest";
import { newUser } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/conversations`;

describe("createConversation", () => {
  test("a user's first personal conversation is the default, the next is not", async () => {
    const user = await newUser(app);
    const first = await app.api.post(base, {
      type: "personal",
      participants: [{ userId: user.id }],
      displayName: "One",
      metadata: { n: 1 },
    });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      conversation: { type: "personal", isDefault: true, displayName: "One", metadata: { n: 1 } },
    });
    const second = await app.api.post(base, { type: "personal", participants: [{ userExternalId: user.externalId }] });
    expect(second.body).toMatchObject({ conversation: { isDefault: false } });
  });

  test("twenty at once for one user make one default conversation", async () => {
    const user = await newUser(app);
    const made = await Promise.all(
      Array.from({ length: 20 }, () =>
        app.api.post<{ conversation: { isDefault: boolean } }>(base, {
          type: "personal",
          participants: [{ userId: user.id }],
        }),
      ),
    );
    expect(made.map((one) => one.status)).toEqual(Array(20).fill(201));
    expect(made.filter((one) => one.body.conversation.isDefault)).toHaveLength(1);
    const listed = await app.api.get<{ conversations: object[] }>(`${base}?filter[userId]=${user.id}`);
    expect(listed.body.conversations).toHaveLength(20);
  });

  test("a subscribed participant gets an sdk client, another has no client in the conversation", async () => {
    const [one, two] = await Promise.all([newUser(app), newUser(app)]);
    const { body } = await app.api.post<{ conversation: { id: string } }>(base, {
      type: "sdkGroup",
      participants: [
        { userId: one.id, subscribeSDKClient: true },
        { userId: two.id, subscribeSDKClient: false },
      ],
    });
    const clients = await app.api.get<{ clients: [{ id: string }] }>(`/v2/apps/${app.id}/users/${one.id}/clients`);
    expect(clients.body).toMatchObject({ clients: [{ type: "sdk", status: "active" }] });
    const participants = await app.api.get<{ participants: { userId: string }[] }>(
      `${base}/${body.conversation.id}/participants`,
    );
    expect(participants.body.participants).toHaveLength(2);
    expect(participants.body.participants.find((each) => each.userId === one.id)).toMatchObject({
      unreadCount: 0,
      userExternalId: one.externalId,
      clientAssociations: [{ type: "sdk", clientId: clients.body.clients[0].id }],
    });
    expect(participants.body.participants.find((each) => each.userId === two.id)).toMatchObject({
      clientAssociations: [],
    });
  });

  test("a type that is none is refused, naming those there are", async () => {
    expect(await app.api.post(base, { type: "party" })).toMatchObject({
      status: 400,
      body: {
        errors: [{ title: 'type should be equal to one of the allowed values ("personal" | "sdkGroup")' }],
      },
    });
  });

  test("a group may have no participants and at most ten", async () => {
    expect(await app.api.post(base, { type: "sdkGroup" })).toMatchObject({
      status: 201,
      body: { conversation: { type: "sdkGroup", isDefault: false } },
    });
    const participants = Array.from({ length: 11 }, (_, index) => ({ userId: `${index}`, subscribeSDKClient: false }));
    expect(await app.api.post(base, { type: "sdkGroup", participants })).toMatchObject({
      status: 400,
      body: { errors: [{ code: "bad_request", title: "Too many participants" }] },
    });
  });

  test.each([
    ["a personal conversation without participant", { type: "personal" }],
    ["an unknown type", { type: "crowd" }],
    ["no type", {}],
    ["a participant of two names", { type: "personal", participants: [{ userId: "a", userExternalId: "b" }] }],
    ["a participant of no name", { type: "personal", participants: [{}] }],
    [
      "a group's participant that does not say whether it is subscribed",
      { type: "sdkGroup", participants: [{ userId: "a" }] },
    ],
    ["a name of 101 characters", { type: "sdkGroup", displayName: "x".repeat(101) }],
    ["metadata over 4096 bytes", { type: "sdkGroup", metadata: { a: "x".repeat(4096) } }],
  ])("%s is refused", async (_, body) => {
    expect(await app.api.post(base, body)).toMatchObject({ status: 400, body: { errors: [{ code: "bad_request" }] } });
  });

  test("an unknown participant is 404 and nothing is made", async () => {
    expect(await app.api.post(base, { type: "personal", participants: [{ userId: "0".repeat(24) }] })).toMatchObject({
      status: 404,
      body: { errors: [{ code: "user_not_found" }] },
    });
  });

  test("a user who is named twice is refused", async () => {
    const user = await newUser(app);
    const participants = [
      { userId: user.id, subscribeSDKClient: false },
      { userExternalId: user.externalId, subscribeSDKClient: false },
    ];
    expect(await app.api.post(base, { type: "sdkGroup", participants })).toMatchObject({ status: 400 });
  });
});
