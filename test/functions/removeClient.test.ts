import { describe, expect, test } from "vitest";
import {
  conversationsOf,
  newConversation,
  newIntegration,
  newPersonal,
  newUser,
  textsOf,
} from "../support/business.ts";
import { connect, write } from "../support/channelPeople.ts";
import { newDevice, newGuest } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { userIdsOf } from "../support/tableItems.ts";
import { uniqueNumber } from "../support/unique.ts";

const server = await startTestServer();
const app = await server.newApp();
const whatsapp = await connect(app, "whatsapp");
const users = `/v2/apps/${app.id}/users`;

interface Client {
  readonly id: string;
  readonly status: string;
}

const newNumber = () => `1514556${String(uniqueNumber()).padStart(4, "0")}`;

async function link(userId: string, conversationId: string, number: string, type = "immediate"): Promise<string> {
  const { body } = await app.api.post<{ client: Client }>(`${users}/${userId}/clients`, {
    matchCriteria: { type: "whatsapp", integrationId: whatsapp.id, phoneNumber: `+${number}` },
    confirmation: { type },
    target: { conversationId },
  });
  return body.client.id;
}
const clientsOf = async (userId: string) =>
  (await app.api.get<{ clients: Client[] }>(`${users}/${userId}/clients`)).body.clients;
const participantsOf = (conversationId: string) =>
  app.api.get(`/v2/apps/${app.id}/conversations/${conversationId}/participants`);

const codeOf = async (answer: Promise<{ status: number; text: string }>) => {
  const { status, text } = await answer;
  return [status, JSON.parse(text).errors?.[0]?.code];
};

describe("removeClient", () => {
  test.each(["a/b", "a/clients", "a/devices/b", "a/"])(
    "of a user whose externalId is %j, whose clients and devices are found too",
    async (externalId) => {
      const user = await newUser(app, { externalId });
      const conversationId = await newConversation(app, { type: "personal", participants: [{ userId: user.id }] });
      const name = encodeURIComponent(externalId);
      const id = await link(name, conversationId, newNumber());
      expect((await clientsOf(name)).map((client) => client.id)).toEqual([id]);
      const device = newDevice(server, app, await newIntegration(app));
      await device.login(externalId);
      const { body } = await app.api.get<{ devices: { id: string }[] }>(`${users}/${name}/devices`);
      expect(body.devices).toHaveLength(1);
      const path = `${users}/${name}/devices/${body.devices[0]?.id}`;
      expect(await app.api.get(path)).toMatchObject({ body: { device: { id: body.devices[0]?.id } } });
      const missing = [404, "device_not_found"];
      expect(await codeOf(app.api.get(`${users}/${name}/devices/${user.id}`))).toEqual(missing);
      expect(await app.api.delete(`${users}/${name}/clients/${id}`)).toMatchObject({ status: 200, body: {} });
      expect(await codeOf(app.api.delete(`${users}/${name}/clients/${id}`))).toEqual([404, "client_not_found"]);
    },
  );

  test("the client is gone, from its conversations too, and who writes from there next is a new person", async () => {
    const { user, conversationId } = await newPersonal(app);
    const second = await newConversation(app, { type: "personal", participants: [{ userId: user.id }] });
    const number = newNumber();
    await link(user.id, second, number);
    const id = await link(user.id, conversationId, number);
    expect(await participantsOf(second)).toMatchObject({
      body: { participants: [{ clientAssociations: [{ type: "whatsapp", clientId: id }] }] },
    });
    expect(await app.api.delete(`${users}/${user.externalId}/clients/${id}`)).toMatchObject({ status: 200, body: {} });
    expect(await clientsOf(user.id)).toEqual([]);
    for (const one of [conversationId, second])
      expect(await participantsOf(one)).toMatchObject({ body: { participants: [{ clientAssociations: [] }] } });
    await write(server, whatsapp, { id: number, text: "somebody else" });
    expect(await textsOf(app, conversationId)).toEqual([]);
    expect(await clientsOf(user.id)).toEqual([]);
    // The number is free: linked again, it brings along the new person, who was nobody's.
    await link(user.id, conversationId, number);
    expect(await textsOf(app, conversationId)).toEqual(["somebody else"]);
  });

  test("a person who was born by writing keeps history and id without the client, and is not found by the number", async () => {
    const { user, conversationId } = await newPersonal(app);
    const number = newNumber();
    await write(server, whatsapp, { id: number, text: "born" });
    // A link makes the born one part of the user; the number's own address is a redirect from then on.
    const id = await link(user.id, conversationId, number);
    await app.api.delete(`${users}/${user.id}/clients/${id}`);
    await write(server, whatsapp, { id: number, text: "again" });
    expect(await textsOf(app, conversationId)).toEqual(["born"]);
    const back = await link(user.id, conversationId, number);
    expect(back).not.toBe(id);
    expect(await textsOf(app, conversationId)).toEqual(["born", "again"]);
    await write(server, whatsapp, { id: number, text: "and on" });
    expect(await textsOf(app, conversationId)).toEqual(["born", "again", "and on"]);
  });

  test("a person born by writing keeps their id without the client, and whoever writes next has another", async () => {
    const own = await server.newApp();
    const channel = await connect(own, "whatsapp");
    const people = `/v2/apps/${own.id}/users`;
    const number = newNumber();
    const say = (text: string) => write(server, channel, { id: number, text });
    const historyOf = async (userId: string) => {
      const [conversationId = ""] = await conversationsOf(own, userId);
      return { conversationId, texts: await textsOf(own, conversationId) };
    };
    const removeClientOf = async (userId: string) => {
      const { body } = await own.api.get<{ clients: Client[] }>(`${people}/${userId}/clients`);
      expect(await own.api.delete(`${people}/${userId}/clients/${body.clients[0]?.id}`)).toMatchObject({ status: 200 });
    };
    const known: string[] = [];
    const newcomer = async () => {
      const [id = ""] = (await userIdsOf(server, own)).filter((one) => !known.includes(one));
      known.push(id);
      return id;
    };
    await say("one");
    const first = await newcomer();
    await removeClientOf(first);
    await say("two");
    const second = await newcomer();
    await say("two and a half");
    await removeClientOf(second);
    await say("three");
    const third = await newcomer();
    expect(await userIdsOf(server, own)).toHaveLength(3);
    expect((await historyOf(first)).texts).toEqual(["one"]);
    expect((await historyOf(second)).texts).toEqual(["two", "two and a half"]);
    expect((await historyOf(third)).texts).toEqual(["three"]);
    // Linked to the first again, at whose birthplace the third has stood, the third becomes part of the first.
    const { conversationId } = await historyOf(first);
    const body = {
      matchCriteria: { type: "whatsapp", integrationId: channel.id, phoneNumber: `+${number}` },
      confirmation: { type: "immediate" },
      target: { conversationId },
    };
    expect(await own.api.post(`${people}/${first}/clients`, body)).toMatchObject({ status: 201 });
    await say("four");
    expect((await historyOf(first)).texts).toEqual(["one", "three", "four"]);
    expect(await own.api.get(`${people}/${third}`)).toMatchObject({ status: 404 });
    expect((await userIdsOf(server, own)).toSorted()).toEqual([first, second].sort());
    // And once more by itself, where nobody stands any more.
    await removeClientOf(first);
    expect(await own.api.post(`${people}/${first}/clients`, body)).toMatchObject({ status: 201 });
    await say("five");
    expect((await historyOf(first)).texts).toEqual(["one", "three", "four", "five"]);
  });

  test("a pending client is removed with its link", async () => {
    const { user, conversationId } = await newPersonal(app);
    const number = newNumber();
    const id = await link(user.id, conversationId, number, "prompt");
    expect(await app.api.delete(`${users}/${user.id}/clients/${id}`)).toMatchObject({ status: 200 });
    await write(server, whatsapp, { id: number, text: "who is this" });
    expect(await textsOf(app, conversationId)).toEqual([]);
    expect(await clientsOf(user.id)).toEqual([]);
  });

  test("removed many times at once it is removed once, and the others find nothing", async () => {
    const { user, conversationId } = await newPersonal(app);
    const id = await link(user.id, conversationId, newNumber());
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => app.api.delete(`${users}/${user.id}/clients/${id}`)),
    );
    expect(replies.map((one) => one.status).sort()).toEqual([200, 404, 404, 404, 404]);
  });

  test("an sdk client is never removed", async () => {
    const person = await newGuest(newDevice(server, app, await newIntegration(app)));
    const [client] = await clientsOf(person.appUserId);
    expect(await app.api.delete(`${users}/${person.appUserId}/clients/${client?.id}`)).toMatchObject({
      status: 400,
      body: { errors: [{ code: "bad_request", title: "Cannot remove a client of type 'sdk'" }] },
    });
    expect(await clientsOf(person.appUserId)).toHaveLength(1);
  });

  test("an unknown client, another user's, and a client of an unknown user are not found", async () => {
    const [one, two] = [await newPersonal(app), await newPersonal(app)];
    const id = await link(one.user.id, one.conversationId, newNumber());
    for (const path of [`${two.user.id}/clients/${id}`, `${one.user.id}/clients/${"0".repeat(24)}`])
      expect(await app.api.delete(`${users}/${path}`)).toMatchObject({
        status: 404,
        body: { errors: [{ code: "client_not_found", title: "Client not found" }] },
      });
    expect(await app.api.delete(`${users}/nobody/clients/${id}`)).toMatchObject({
      status: 404,
      body: { errors: [{ code: "user_not_found" }] },
    });
    expect(await clientsOf(one.user.id)).toHaveLength(1);
  });
});
