import { describe, expect, test } from "vitest";
import { newGroup, newPersonal, newUser } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/conversations`;

describe("joinConversation", () => {
  test("a user joins a group and lists it", async () => {
    const { conversationId } = await newGroup(app, 1);
    const user = await newUser(app);
    const joined = await app.api.post(`${base}/${conversationId}/join`, {
      userExternalId: user.externalId,
      subscribeSDKClient: true,
    });
    expect(joined).toMatchObject({
      status: 201,
      body: { participant: { userId: user.id, unreadCount: 0, clientAssociations: [{ type: "sdk" }] } },
    });
    expect(await app.api.get(`${base}?filter[userId]=${user.id}`)).toMatchObject({
      body: { conversations: [{ id: conversationId }] },
    });
  });

  test("of twenty who join a group at once, ten are in it", async () => {
    const { conversationId } = await newGroup(app, 0);
    const users = await Promise.all(Array.from({ length: 20 }, () => newUser(app)));
    const joined = await Promise.all(
      users.map((user) =>
        app.api.post(`${base}/${conversationId}/join`, { userId: user.id, subscribeSDKClient: false }),
      ),
    );
    expect(joined.map((one) => one.status).sort()).toEqual([...Array(10).fill(201), ...Array(10).fill(400)]);
    expect(joined.find((one) => one.status === 400)).toMatchObject({
      body: { errors: [{ title: "Too many participants" }] },
    });
    const participants = await app.api.get<{ participants: object[] }>(`${base}/${conversationId}/participants`);
    expect(participants.body.participants).toHaveLength(10);
  });

  test("who joins twice is one participant", async () => {
    const { users, conversationId } = await newGroup(app, 1);
    expect(
      await app.api.post(`${base}/${conversationId}/join`, { userId: users[0]?.id, subscribeSDKClient: false }),
    ).toMatchObject({ status: 201 });
    expect(await app.api.get(`${base}/${conversationId}/participants`)).toMatchObject({
      body: { participants: [{ userId: users[0]?.id }] },
    });
  });

  test("nobody joins a personal conversation, an unknown conversation, or as an unknown user", async () => {
    const { conversationId } = await newPersonal(app);
    const user = await newUser(app);
    const body = { userId: user.id, subscribeSDKClient: false };
    expect(await app.api.post(`${base}/${conversationId}/join`, body)).toMatchObject({ status: 400 });
    expect(await app.api.post(`${base}/${"0".repeat(24)}/join`, body)).toMatchObject({
      status: 404,
      body: { errors: [{ code: "conversation_not_found" }] },
    });
    const group = await newGroup(app, 0);
    expect(
      await app.api.post(`${base}/${group.conversationId}/join`, { ...body, userId: "0".repeat(24) }),
    ).toMatchObject({ status: 404, body: { errors: [{ code: "user_not_found" }] } });
  });
});
