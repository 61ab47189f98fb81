import { describe, expect, test } from "vitest";
import { newGroup, newPersonal } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/conversations`;

describe("listParticipants", () => {
  test("the person of a personal conversation is its participant", async () => {
    const { user, conversationId } = await newPersonal(app);
    expect(await app.api.get(`${base}/${conversationId}/participants`)).toMatchObject({
      status: 200,
      body: {
        participants: [{ userId: user.id, userExternalId: user.externalId, unreadCount: 0, clientAssociations: [] }],
        meta: { hasMore: false },
      },
    });
  });

  test("pages hold every participant once, both ways", async () => {
    const { conversationId } = await newGroup(app, 5);
    interface Listing {
      participants: { id: string }[];
      meta: { hasMore: boolean; afterCursor: string; beforeCursor?: string };
    }
    const first = await app.api.get<Listing>(`${base}/${conversationId}/participants?page[size]=3`);
    const second = await app.api.get<Listing>(
      `${base}/${conversationId}/participants?page[size]=3&page[after]=${first.body.meta.afterCursor}`,
    );
    expect([first.body.participants.length, second.body.participants.length]).toEqual([3, 2]);
    expect(second.body.meta.hasMore).toBe(false);
    const back = await app.api.get<Listing>(
      `${base}/${conversationId}/participants?page[size]=3&page[before]=${second.body.meta.beforeCursor}`,
    );
    expect(back.body.participants).toEqual(first.body.participants);
  });

  test("an unknown conversation is not found and a bad cursor is refused", async () => {
    expect(await app.api.get(`${base}/${"0".repeat(24)}/participants`)).toMatchObject({ status: 404 });
    const { conversationId } = await newPersonal(app);
    expect(await app.api.get(`${base}/${conversationId}/participants?page[after]=nobody`)).toMatchObject({
      status: 400,
      body: { errors: [{ title: "Invalid page query parameters" }] },
    });
  });
});
