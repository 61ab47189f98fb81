import { describe, expect, test } from "vitest";
import { newGroup } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/conversations`;

describe("leaveConversation", () => {
  test.each(["userId", "userExternalId", "participantId"] as const)(
    "a participant named by %s leaves",
    async (name) => {
      const { users, conversationId } = await newGroup(app, 2);
      const { body } = await app.api.get<{ participants: { id: string; userId: string }[] }>(
        `${base}/${conversationId}/participants`,
      );
      const leaving = body.participants.find((one) => one.userId === users[0]?.id);
      const value = { userId: users[0]?.id, userExternalId: users[0]?.externalId, participantId: leaving?.id }[name];
      expect(await app.api.post(`${base}/${conversationId}/leave`, { [name]: value })).toMatchObject({
        status: 200,
        body: {},
      });
      const after = await app.api.get<{ participants: { userId: string }[] }>(`${base}/${conversationId}/participants`);
      expect(after.body.participants.map((one) => one.userId)).toEqual([users[1]?.id]);
      expect(await app.api.get(`${base}?filter[userId]=${users[0]?.id}`)).toMatchObject({
        body: { conversations: [] },
      });
      expect(await app.api.post(`${base}/${conversationId}/leave`, { userId: users[0]?.id })).toMatchObject({
        status: 404,
        body: { errors: [{ code: "not_found", title: "User is not a member of the conversation" }] },
      });
    },
  );

  test.each([[[]], [["userId", "participantId"]], [["userId", "userExternalId"]]])(
    "nobody leaves who is named by %j",
    async (names) => {
      const { users, conversationId } = await newGroup(app, 2);
      const participants = async () =>
        (await app.api.get<{ participants: { id: string }[] }>(`${base}/${conversationId}/participants`)).body
          .participants;
      const before = await participants();
      const all = { userId: users[0]?.id, userExternalId: users[0]?.externalId, participantId: before[1]?.id };
      const named = Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
      expect(await app.api.post(`${base}/${conversationId}/leave`, named)).toMatchObject({
        status: 400,
        body: {
          errors: [{ title: "One of userId, userExternalId and participantId is required, but only one" }],
        },
      });
      expect(await participants()).toEqual(before);
    },
  );
});
