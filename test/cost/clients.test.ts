import { describe, expect, test } from "vitest";
import { newIntegration, newPersonal } from "../support/business.ts";
import { connect, write } from "../support/channelPeople.ts";
import { newDevice, newGuest } from "../support/newDevice.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import { uniqueNumber } from "../support/unique.ts";

const { server, costOf } = await startProxiedServer();
const app = await server.newApp();
const whatsapp = await connect(app, "whatsapp");
const users = `/v2/apps/${app.id}/users`;
// From here on key, app and integration are remembered.
await write(server, whatsapp);

const newNumber = () => `1514560${String(uniqueNumber()).padStart(4, "0")}`;

const link = (userId: string, conversationId: string, number: string, type = "immediate") =>
  app.api.post<{ client: { id: string } }>(`${users}/${userId}/clients`, {
    matchCriteria: { type: "whatsapp", integrationId: whatsapp.id, phoneNumber: `+${number}` },
    confirmation: { type },
    target: { conversationId },
  });

describe("the cost of createClient", () => {
  test("immediate is four calls and three items in a transaction; asked for again it writes nothing", async () => {
    const { user, conversationId } = await newPersonal(app);
    const number = newNumber();
    const made = await costOf(201, () => link(user.id, conversationId, number));
    expect(made).toEqual({
      calls: ["BatchGetItem", "GetItem", "BatchGetItem", "TransactWriteItems"],
      write: 6,
      read: 5,
    });
    const again = await costOf(201, () => link(user.id, conversationId, number));
    expect(again).toEqual({ calls: ["BatchGetItem", "GetItem", "BatchGetItem"], write: 0, read: 5 });
  });

  test("pending is four calls and two items in a transaction; asked for again it writes nothing", async () => {
    const { user, conversationId } = await newPersonal(app);
    const number = newNumber();
    const made = await costOf(201, () => link(user.id, conversationId, number, "prompt"));
    expect(made).toEqual({
      calls: ["BatchGetItem", "GetItem", "BatchGetItem", "TransactWriteItems"],
      write: 4,
      read: 5,
    });
    const again = await costOf(201, () => link(user.id, conversationId, number, "prompt"));
    expect(again).toEqual({ calls: ["BatchGetItem", "GetItem", "BatchGetItem"], write: 0, read: 5 });
  });
});

describe("the cost of a link to the person who writes", () => {
  test("is three reads and a transaction once, when it is confirmed, and then none", async () => {
    const { user, conversationId } = await newPersonal(app);
    const number = newNumber();
    await link(user.id, conversationId, number, "prompt");
    const first = await costOf(200, () => write(server, whatsapp, { id: number }));
    expect(first.calls).toEqual([
      "BatchGetItem",
      "GetItem",
      "GetItem",
      "TransactWriteItems",
      "BatchGetItem",
      "PutItem",
      "UpdateItem",
    ]);
    expect(first.write).toBe(8 + 3);
    const next = await costOf(200, () => write(server, whatsapp, { id: number }));
    expect(next).toEqual({ calls: ["BatchGetItem", "PutItem", "UpdateItem"], write: 3, read: 3 });
  });

  test("is two reads and a transaction more when the channel tells news of the person, and then none", async () => {
    const { user, conversationId } = await newPersonal(app);
    const number = newNumber();
    await link(user.id, conversationId, number);
    for (const name of ["Ann", "Anna"]) {
      const told = await costOf(200, () => write(server, whatsapp, { id: number, name }));
      // Whether the message is new, and which user owns the number.
      const reads = ["BatchGetItem", "GetItem", "GetItem"];
      expect(told.calls).toEqual([...reads, "TransactWriteItems", "PutItem", "UpdateItem"]);
      expect(told.write).toBe(4 + 3);
      const next = await costOf(200, () => write(server, whatsapp, { id: number, name }));
      expect(next).toEqual({ calls: ["BatchGetItem", "PutItem", "UpdateItem"], write: 3, read: 3 });
    }
  });
});

describe("the cost of removeClient", () => {
  test("is three reads and as many items in a transaction as there are of user, address and conversation", async () => {
    const { user, conversationId } = await newPersonal(app);
    const { body } = await link(user.id, conversationId, newNumber());
    const removed = await costOf(200, () => app.api.delete(`${users}/${user.id}/clients/${body.client.id}`));
    expect(removed).toEqual({
      calls: ["BatchGetItem", "GetItem", "GetItem", "TransactWriteItems"],
      write: 6,
      read: 4,
    });
  });
});

describe("the cost of listClients, listDevices and getDevice", () => {
  test("is one call", async () => {
    const { appUserId: userId } = await newGuest(newDevice(server, app, await newIntegration(app)));
    const { body } = await app.api.get<{ devices: { id: string }[] }>(`${users}/${userId}/devices`);
    const devices = await costOf(200, () => app.api.get(`${users}/${userId}/devices`));
    const device = await costOf(200, () => app.api.get(`${users}/${userId}/devices/${body.devices[0]?.id}`));
    const clients = await costOf(200, () => app.api.get(`${users}/${userId}/clients`));
    for (const cost of [devices, device, clients]) expect(cost).toEqual({ calls: ["BatchGetItem"], write: 0, read: 2 });
  });
});
