import { describe, expect, test } from "vitest";
import { newConversation, newIntegration, newPersonal, newUser } from "../support/business.ts";
import { connect, write } from "../support/channelPeople.ts";
import { newDevice, newGuest } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const whatsapp = await connect(app, "whatsapp");
const users = `/v2/apps/${app.id}/users`;

interface Listing {
  readonly clients: readonly { readonly id: string }[];
  readonly meta: { readonly hasMore: boolean; readonly afterCursor?: string; readonly beforeCursor?: string };
  readonly links: { readonly next?: string };
}
const link = (userId: string, conversationId: string, phoneNumber: string, type: string) =>
  app.api.post(`${users}/${userId}/clients`, {
    matchCriteria: { type: "whatsapp", integrationId: whatsapp.id, phoneNumber },
    confirmation: { type },
    target: { conversationId },
  });

describe("listClients", () => {
  test("a person in a browser has one sdk client, seen and linked when the person was born", async () => {
    const { appUserId: userId } = await newGuest(newDevice(server, app, await newIntegration(app)));
    const listed = await app.api.get<Listing>(`${users}/${userId}/clients`);
    expect(listed).toMatchObject({ status: 200, body: { meta: { hasMore: false } } });
    expect(listed.body.clients).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{24}$/),
        type: "sdk",
        status: "active",
        lastSeen: expect.any(String),
        linkedAt: expect.any(String),
      },
    ]);
  });

  test("linked and pending clients are listed, without what is ours", async () => {
    const { user, conversationId } = await newPersonal(app);
    await link(user.id, conversationId, "+15145571001", "immediate");
    await link(user.id, conversationId, "+15145571002", "prompt");
    await write(server, whatsapp, { id: "15145571001", text: "hi" });
    const listed = await app.api.get<Listing>(`${users}/${user.externalId}/clients`);
    expect(listed.body.clients).toMatchObject([
      { type: "whatsapp", status: "active", integrationId: whatsapp.id, externalId: "15145571001" },
      { type: "whatsapp", status: "pending", integrationId: whatsapp.id },
    ]);
    for (const ours of ["awaiting", "aliases", "conversationId"]) expect(listed.text).not.toContain(ours);
  });

  test("pages hold every client once, both ways", async () => {
    const { user, conversationId } = await newPersonal(app);
    for (let index = 0; index < 5; index++)
      await link(user.id, conversationId, `+1514557200${index}`, index % 2 === 0 ? "immediate" : "prompt");
    const whole = (await app.api.get<Listing>(`${users}/${user.id}/clients`)).body.clients.map((one) => one.id);
    expect(whole).toHaveLength(5);
    const first = (await app.api.get<Listing>(`${users}/${user.id}/clients?page[size]=3`)).body;
    expect(first.meta.hasMore).toBe(true);
    const second = (await app.api.get<Listing>(first.links.next?.replace(server.url, "") ?? "")).body;
    expect([...first.clients, ...second.clients].map((one) => one.id)).toEqual(whole);
    expect(second.meta.hasMore).toBe(false);
    const back = await app.api.get<Listing>(
      `${users}/${user.id}/clients?page[size]=3&page[before]=${second.meta.beforeCursor}`,
    );
    expect(back.body.clients).toEqual(first.clients);
  });

  test("a link can be followed as it is, whatever the externalId in it", async () => {
    for (const [index, externalId] of ["what?page=1", "no. 1 #2", "100 %", "a&b=c+d", "é 🦊"].entries()) {
      await app.api.post(users, { externalId });
      const conversationId = await newConversation(app, {
        type: "personal",
        participants: [{ userExternalId: externalId }],
      });
      for (const type of ["immediate", "prompt"])
        await link(encodeURIComponent(externalId), conversationId, `+151455730${index}${type.length % 10}`, type);
      const { body } = await app.api.get<Listing>(
        `${users}/${encodeURIComponent(externalId)}/clients?${new URLSearchParams({ "page[size]": "1" })}`,
      );
      const { pathname, search } = new URL(body.links.next ?? "");
      const second = await app.api.get<Listing>(pathname + search);
      expect(second, body.links.next).toMatchObject({ status: 200, body: { clients: [{}], meta: { hasMore: false } } });
      expect(second.body.clients).not.toEqual(body.clients);
    }
  });

  test("a user without clients has an empty list, an unknown user and a bad cursor are refused", async () => {
    const user = await newUser(app);
    expect(await app.api.get(`${users}/${user.id}/clients`)).toMatchObject({
      status: 200,
      body: { clients: [], meta: { hasMore: false } },
    });
    expect(await app.api.get(`${users}/nobody/clients`)).toMatchObject({
      status: 404,
      body: { errors: [{ code: "user_not_found" }] },
    });
    for (const query of ["page[after]=x", `page[after]=${"0".repeat(24)}`, "page[size]=0"])
      expect(await app.api.get(`${users}/${user.id}/clients?${query}`)).toMatchObject({
        status: 400,
        body: { errors: [{ title: "Invalid page query parameters" }] },
      });
  });
});
