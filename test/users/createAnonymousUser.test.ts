import { beforeAll, describe, expect, test } from "vitest";
import { findConversation } from "../../lib/conversations/findConversation.ts";
import { listLatestMessages } from "../../lib/conversations/listMessages.ts";
import { firstConversationId, idempotencyRecordKey, idOfIdempotencyKey, userKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import { deleteItem, putItem } from "../../lib/db/writeItems.ts";
import { type DeviceDescription, deviceOfSession, sessionHash, withoutSessions } from "../../lib/model/device.ts";
import type { User } from "../../lib/model/user.ts";
import { createAnonymousUser, type IdempotencyRecord } from "../../lib/users/createAnonymousUser.ts";
import { findUserById } from "../../lib/users/findUser.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { app } from "../support/storedUsers.ts";
import { freshId } from "../support/unique.ts";
import { userItemAt } from "../support/userItemAt.ts";

const now = new Date("2026-01-01T00:00:00.900Z");
let runtime: Runtime;
beforeAll(async () => {
  runtime = runtimeOf(await newTable(), { now: () => now, newId: freshId });
});

const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const find = async (userId: string) => (await findUserById(runtime, app.id, userId))?.user;
const device: DeviceDescription = { guid: "device", type: "ios", integrationId: "b".repeat(24) };
const requested = { displayName: "Help", messages: [{ text: "Hello" }] };

/** Asks for a user by an idempotency key; the device gets a session of this token. */
const create = (idempotency: IdempotencyRecord, token: string, receivedAt = now) => {
  const session = sessionHash(token);
  return createAnonymousUser(runtime, app, {
    idempotency,
    device,
    session,
    fields: { profile: {} },
    requested,
    receivedAt,
  });
};
const newKey = (): IdempotencyRecord => ({ parts: ["device", freshId()], seconds: 60 });

describe("an anonymous user", () => {
  test("is born with a session, a conversation and what was said, all that the mark is known by", async () => {
    const key = newKey();
    const { user, created } = await create(key, "first");
    expect(await find(user.id)).toEqual(user);
    expect(user.defaultConversationId).toBe(firstConversationId(app.salt, user.id));
    expect(deviceOfSession(user, "first")).toMatchObject({ guid: "device", lastSeen: now.toISOString() });
    const conversation = await findConversation(runtime, app.id, user.defaultConversationId ?? "");
    expect(conversation).toEqual(created?.conversation);
    expect(conversation).toMatchObject({ displayName: "Help", isDefault: true, messageCount: 1 });
    const { messages } = conversation ? await listLatestMessages(runtime, conversation) : { messages: [] };
    expect(messages.map(({ content, source }) => [content.text, source.type])).toEqual([["Hello", "ios"]]);
    const recordKey = idempotencyRecordKey(app.id, idOfIdempotencyKey(app.salt, ...key.parts));
    expect(await getItem(runtime.db, recordKey)).toMatchObject({
      userId: user.id,
      expiresAt: Math.floor(now.getTime() / 1000) + 60,
    });
  });

  test("is found by the same request as long as the mark holds, which gives the device another session", async () => {
    const key = newKey();
    const { user } = await create(key, "first");
    for (const [index, at] of [now, later(60)].entries()) {
      const again = await create(key, `again-${index}`, at);
      expect(again).toMatchObject({ user: { id: user.id } });
      expect(again.created).toBeUndefined();
      for (const token of ["first", `again-${index}`])
        expect(deviceOfSession((await find(user.id)) as User, token)).toMatchObject({ lastSeen: at.toISOString() });
    }
    expect((await create(key, "much later", later(61))).user.id).not.toBe(user.id);
  });

  test("is somebody new to the same request once the first has no session left, or is gone", async () => {
    const key = newKey();
    const first = await create(key, "first");
    await putItem(runtime.db, userItemAt(withoutSessions(first.user), "signed out"));
    const second = await create(key, "second");
    expect(second.created).toBeDefined();
    expect(second.user.id).not.toBe(first.user.id);
    // The key names the second from then on.
    expect((await create(key, "third")).user.id).toBe(second.user.id);
    await deleteItem(runtime.db, userKey(app.id, second.user.id));
    expect((await create(key, "fourth")).created).toBeDefined();
  });

  test("is not born under the id of another", async () => {
    const { user } = await create(newKey(), "first");
    const taken = { ...runtime, newId: () => user.id };
    const request = { idempotency: newKey(), device, session: "s", fields: {}, requested, receivedAt: now };
    await expect(createAnonymousUser(taken, app, request)).rejects.toThrow("taken");
    expect(await find(user.id)).toEqual(user);
  });
});
