import { beforeEach, describe, expect, test } from "vitest";
import { deliver, newWhatsapp } from "../support/channelPeople.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { newStage, type Stage } from "../support/stage.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import { userIdOnChannel, userIdsOf } from "../support/tableItems.ts";
import { unique, uniqueNumber } from "../support/unique.ts";
import { writtenLog } from "../support/watchLog.ts";
import { whatsappPayload } from "../support/whatsappPayload.ts";

const { proxy, server } = await startProxiedServer();
let stage: Stage;
let whatsapp: Awaited<ReturnType<typeof newWhatsapp>>;
beforeEach(async () => {
  stage = await newStage(server);
  whatsapp = await newWhatsapp(server, stage.app);
});

interface Client {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly externalId?: string;
}

/** Holds the first call of this kind that names this back until something else has been done. */
function meanwhile(action: string, name: string, act: () => Promise<unknown>): void {
  let held = false;
  const lift = proxy.faultBy(async (call) => {
    if (held || call.action !== action || !call.body.includes(name)) return undefined;
    held = true;
    await act();
    lift();
    return undefined;
  });
}

const newNumber = () => `1514557${String(uniqueNumber()).padStart(4, "0")}`;
const userAt = (id: string) => `user#${stage.app.id}#${id}`;
const linkTo = (userId: string, number: string, conversationId: string, type: "immediate" | "userActivity") =>
  stage.app.api.post<{ client: Client }>(`${stage.rest}/users/${userId}/clients`, {
    matchCriteria: { type: "whatsapp", integrationId: whatsapp.id, phoneNumber: `+${number}` },
    confirmation: { type },
    target: { conversationId },
  });
const removeClient = (userId: string, clientId: string) =>
  stage.app.api.delete(`${stage.rest}/users/${userId}/clients/${clientId}`);
/** A user's clients on WhatsApp. */
const clientsOf = async (userId: string) => {
  const { body } = await stage.app.api.get<{ clients: readonly Client[] }>(`${stage.rest}/users/${userId}/clients`);
  return body.clients.filter((client) => client.type === "whatsapp");
};
/** Somebody who wrote from a number, and lives at its address. */
async function writer(number: string) {
  await whatsapp.write(number, "hello");
  const [id = ""] = await userIdsOf(server, stage.app);
  const { body } = await stage.app.api.get<{ conversations: [{ id: string }] }>(
    `${stage.rest}/conversations?filter[userId]=${id}`,
  );
  return { id, conversationId: body.conversations[0].id };
}

describe("a link that waits for somebody to write to a guest, who signs in and becomes somebody known", () => {
  /** A guest with such a link, and what makes the guest the known user. */
  async function awaited(number: string) {
    const guest = await stage.born();
    const known = await stage.user();
    await stage.conversation(known.id);
    const { body } = await linkTo(guest.appUserId, number, guest.conversationId, "userActivity");
    const signIn = () => stage.login(known.externalId, guest);
    return { known, signIn, guestAt: userAt(guest.appUserId), clientId: body.client.id };
  }

  test("as the person writes, is the known user's", async () => {
    const number = newNumber();
    const { known, signIn, guestAt, clientId } = await awaited(number);
    meanwhile("GetItem", guestAt, signIn);
    expect(await whatsapp.write(number, "it is me")).toMatchObject({ status: 200 });
    expect(await clientsOf(known.id)).toMatchObject([{ id: clientId, status: "active", externalId: number }]);
    expect(await userIdsOf(server, stage.app)).toEqual([known.id]);
    expect(await brokenInvariants(server.tableName)).toEqual([]);
  });

  test.each(["immediate", "userActivity"] as const)(
    "as another user is linked (%s), is still in the way, until it is taken back",
    async (type) => {
      const number = newNumber();
      const { known, signIn, guestAt, clientId } = await awaited(number);
      const other = await stage.user();
      const conversation = await stage.conversation(other.id);
      meanwhile("GetItem", guestAt, signIn);
      expect(await linkTo(other.id, number, conversation, type)).toMatchObject({ status: 409 });
      expect(await removeClient(known.id, clientId)).toMatchObject({ status: 200 });
      expect(await linkTo(other.id, number, conversation, type)).toMatchObject({ status: 201 });
      await whatsapp.write(number, "it is me");
      expect(await stage.texts(conversation)).toEqual(["it is me"]);
      expect(await clientsOf(known.id)).toEqual([]);
    },
  );
});

describe("somebody who is deleted meanwhile", () => {
  test("is linked to no number: not to the first one either, at whose address the user lived", async () => {
    const number = newNumber();
    const { id, conversationId } = await writer(number);
    meanwhile("BatchGetItem", `link#${stage.app.id}`, () => stage.app.api.delete(`${stage.rest}/users/${id}`));
    expect(await linkTo(id, number, conversationId, "immediate")).toMatchObject({
      status: 404,
      body: { errors: [{ code: "user_not_found" }] },
    });
  });

  test("gets no number back", async () => {
    const [first, second] = [newNumber(), newNumber()];
    const { id } = await writer(first);
    await whatsapp.change(first, second);
    // The number to which it is changed is read after the one from which.
    meanwhile("BatchGetItem", userAt(id), () => stage.app.api.delete(`${stage.rest}/users/${id}`));
    expect(await whatsapp.change(second, first)).toMatchObject({ status: 200 });
    expect(await userIdsOf(server, stage.app)).toEqual([]);
  });
});

describe("a number that somebody gives up, or gets back, meanwhile", () => {
  test("is one client's: also where a link waited for it, of the user who lives at its address", async () => {
    const [first, second] = [newNumber(), newNumber()];
    const { id, conversationId } = await writer(first);
    await whatsapp.change(first, second);
    expect(await linkTo(id, first, conversationId, "userActivity")).toMatchObject({ status: 201 });
    meanwhile("GetItem", userAt(id), () => whatsapp.change(second, first));
    expect(await whatsapp.write(first, "back again")).toMatchObject({ status: 200 });
    expect(await clientsOf(id)).toMatchObject([{ status: "active", externalId: first }]);
    expect(await brokenInvariants(server.tableName)).toEqual([]);
  });

  test("is not theirs by a message with a further id, which is somebody's who writes next", async () => {
    for (const gives of ["by a change", "with the client"]) {
      const [number, scoped] = [newNumber(), unique("US.")];
      const known = await stage.user();
      const { body } = await linkTo(known.id, number, await stage.conversation(known.id), "immediate");
      await whatsapp.write(number, "hello");
      meanwhile("GetItem", userAt(known.id), () =>
        gives === "by a change" ? whatsapp.change(number, newNumber()) : removeClient(known.id, body.client.id),
      );
      const both = whatsappPayload({ from: number, userId: scoped, id: unique("wamid") });
      expect(await deliver(server, whatsapp, both)).toMatchObject({ status: 200 });
      expect(await userIdOnChannel(server, number)).not.toBe(known.id);
      expect(await clientsOf(known.id)).toHaveLength(gives === "by a change" ? 1 : 0);
      expect(await brokenInvariants(server.tableName)).toEqual([]);
    }
  });
});

test("a client that is linked, or removed, while its user changes each time is a fault that is logged as such", async () => {
  const number = newNumber();
  const user = await stage.user();
  const conversation = await stage.conversation(user.id);
  const change = () =>
    stage.app.api.patch(`${stage.rest}/users/${user.id}`, { metadata: { change: unique("change") } });
  const { body } = await linkTo(user.id, number, conversation, "immediate");
  const lift = proxy.faultBy(async ({ action }) => {
    if (action === "TransactWriteItems") await change();
    return undefined;
  });
  expect(await linkTo(user.id, newNumber(), conversation, "immediate")).toMatchObject({ status: 500 });
  expect(await removeClient(user.id, body.client.id)).toMatchObject({ status: 500 });
  lift();
  expect(writtenLog().match(/"fault":{"name":"ConflictError"/g)).toHaveLength(2);
  expect(await removeClient(user.id, body.client.id)).toMatchObject({ status: 200 });
});
