import { beforeAll, describe, expect, test, vi } from "vitest";
import { type App, defaultSettings } from "../../lib/domain/app.ts";
import { newConversation, newParticipant } from "../../lib/domain/conversation.ts";
import { type DeviceDescription, sessionHash, withDevice, withoutDevice } from "../../lib/domain/device.ts";
import { newUser, type User } from "../../lib/domain/user.ts";
import { conversationItem, enterConversation, findOpen } from "../../lib/store/conversationItem.ts";
import { deletionItem } from "../../lib/store/deletionItem.ts";
import { claimEmails, freeEmails, keyOfEmail } from "../../lib/store/emailItem.ts";
import { deletionKey, externalIdAddress, firstConversationId, userKey } from "../../lib/store/keys.ts";
import { mergeStore } from "../../lib/store/merges.ts";
import { type SignIn, signInStore } from "../../lib/store/signIns.ts";
import type { Table } from "../../lib/store/table.ts";
import { vacancyItem } from "../../lib/store/userItem.ts";
import { userStore } from "../../lib/store/users.ts";
import { newTable } from "../support/newTable.ts";
import { freshId, uniqueNumber } from "../support/unique.ts";
import { userItemAt } from "../support/userItemAt.ts";

const app: App = { id: "a".repeat(24), displayName: "App", settings: defaultSettings, metadata: {}, salt: "salt" };
const now = new Date();
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const phone: DeviceDescription = { guid: "phone", type: "ios", integrationId: "b".repeat(24) };
let table: Table;
beforeAll(async () => {
  table = await newTable();
});

const freshName = () => `person ${uniqueNumber()}`;
const addressOf = (externalId: string) => externalIdAddress(app.salt, externalId);

/** Signs in, and tells how often what stands there was read, and whether the user was written. */
async function signIn(request: Partial<SignIn> & { readonly externalId: string }, at = now, through = table) {
  const calls: string[] = [];
  const watched: Table = {
    ...through,
    put: (...put) => {
      calls.push("put");
      return through.put(...put);
    },
    transact: (operations) => {
      calls.push("transact");
      return through.transact(operations);
    },
  };
  const users = userStore(watched);
  const counted: typeof users = {
    ...users,
    encounter: (...asked) => {
      calls.push("read");
      return users.encounter(...asked);
    },
  };
  const store = signInStore(watched, counted, mergeStore(watched));
  const signedIn = await store.signIn(app, { claims: {}, device: phone, ...request }, at, freshId);
  return { ...signedIn, calls: calls.join(" ") };
}

const find = async (userId: string) => (await userStore(table).findById(app.id, userId))?.user;

/** Somebody anonymous with a session on the phone, and a first conversation unless told otherwise. */
async function newGuest(fields: Partial<User> = {}, conversing = true) {
  const id = freshId();
  const conversation = newConversation(
    app.id,
    firstConversationId(app.salt, id),
    now,
    { type: "personal", isDefault: true },
    [newParticipant(freshId(), { id }, [])],
  );
  const user: User = {
    ...withDevice(newUser(app.id, id, now), phone, now, freshId, sessionHash("token")),
    ...(conversing ? { defaultConversationId: conversation.id } : {}),
    ...fields,
  };
  await table.put(userItemAt(user, "1"));
  if (conversing) await table.put(conversationItem(conversation));
  return { user, conversation, anonymous: { userId: id, sessionToken: "token" } };
}

describe("somebody unknown who signs in", () => {
  test("is created in one write, with email in one transaction", async () => {
    const [ada, bob] = [freshName(), freshName()];
    expect(await signIn({ externalId: ada })).toMatchObject({
      user: { id: addressOf(ada), externalId: ada, authenticated: true, devices: [{ guid: "phone" }] },
      conversation: undefined,
      created: true,
      calls: "read put",
    });
    const claims = { email: `${bob}@example.com`.replace(" ", "-"), emailVerified: true };
    expect(await signIn({ externalId: bob, claims })).toMatchObject({ created: true, calls: "read transact" });
    expect(await table.get(keyOfEmail(app, claims.email))).toMatchObject({ userId: addressOf(bob) });
  });
});

describe("somebody known who signs in", () => {
  const known = async () => {
    const externalId = freshName();
    return { externalId, user: (await signIn({ externalId })).user };
  };

  test("again within a minute is not written", async () => {
    const { externalId, user } = await known();
    const signedIn = await signIn({ externalId }, later(59));
    expect(signedIn).toMatchObject({ created: false, calls: "read" });
    expect(signedIn.user).toEqual(user);
  });

  test.each<[string, (user: User) => User, Partial<SignIn>, number]>([
    ["a minute later", (user) => user, {}, 60],
    ["on another device", (user) => user, { device: { ...phone, guid: "tablet" } }, 1],
    ["on a device that had signed out", (user) => withoutDevice(user, "phone"), {}, 1],
    ["on a device that has a session still", (user) => withDevice(user, phone, now, freshId, "hash"), {}, 1],
    ["for the first time", (user) => ({ ...user, authenticated: false }), {}, 1],
    ["with a name that was not known", (user) => user, { claims: { name: "Ada" } }, 1],
  ])("%s is written once", async (_, change, request, seconds) => {
    const { externalId, user } = await known();
    await table.put(userItemAt(change(user), "1"));
    const signedIn = await signIn({ externalId, ...request }, later(seconds));
    expect(signedIn).toMatchObject({ created: false, calls: "read put", user: { id: user.id, authenticated: true } });
    expect(await find(user.id)).toEqual(signedIn.user);
    expect(signedIn.user.devices[0]).toMatchObject({ lastSeen: later(seconds).toISOString(), status: "active" });
    expect(signedIn.user.devices[0]?.sessions).toBeUndefined();
  });

  test("on one of several devices is not written where that one has just been seen", async () => {
    const { externalId } = await known();
    await signIn({ externalId, device: { ...phone, guid: "tablet" } }, later(1));
    expect(await signIn({ externalId }, later(2))).toMatchObject({ calls: "read" });
  });

  test("with a further verified email is written with it", async () => {
    const { externalId, user } = await known();
    const claims = { email: `${user.id}@example.com`, emailVerified: true };
    expect(await signIn({ externalId, claims })).toMatchObject({ created: false, calls: "read transact" });
    expect(await table.get(keyOfEmail(app, claims.email))).toMatchObject({ userId: user.id });
    expect(await signIn({ externalId, claims })).toMatchObject({ calls: "read" });
  });

  test("gets the first conversation with the reading, if it is the default one", async () => {
    const { externalId, user } = await known();
    const id = firstConversationId(app.salt, user.id);
    const first = newConversation(app.id, id, now, { type: "personal", isDefault: true }, []);
    await table.put(conversationItem(first));
    await table.put(userItemAt({ ...user, defaultConversationId: id }, "1"));
    expect((await signIn({ externalId })).conversation).toEqual(first);
    expect((await signIn({ externalId }, later(90))).conversation).toEqual(first);
    await table.put(userItemAt({ ...user, defaultConversationId: freshId() }, "1"));
    expect((await signIn({ externalId })).conversation).toBeUndefined();
  });

  test("takes over the anonymous user of the device, at once", async () => {
    const { externalId, user } = await known();
    const { anonymous, conversation } = await newGuest();
    expect(await signIn({ externalId, anonymous })).toMatchObject({
      user: { id: user.id, externalId, defaultConversationId: conversation.id },
      conversation: undefined,
      created: false,
      calls: expect.stringMatching(/^read transact/),
    });
    expect(await table.get(userKey(app.id, anonymous.userId))).toMatchObject({ kind: "redirect", userId: user.id });
  });
});

describe("an anonymous user who signs in with an externalId of nobody", () => {
  test.each([true, false])("keeps id and history, having a conversation: %j", async (conversing) => {
    const externalId = freshName();
    const { anonymous, user, conversation } = await newGuest({}, conversing);
    const signedIn = await signIn({ externalId, anonymous });
    expect(signedIn).toMatchObject({
      user: { id: user.id, externalId, authenticated: true },
      conversation: undefined,
      created: false,
      calls: "read transact",
    });
    expect(signedIn.user.absorbing).toBeUndefined();
    expect(await find(user.id)).toEqual(signedIn.user);
    expect(await table.get(userKey(app.id, addressOf(externalId)))).toMatchObject({
      kind: "redirect",
      userId: user.id,
    });
    const named = conversing ? { participants: [{ userExternalId: externalId }] } : undefined;
    const shown = await findOpen(table, app.id, conversation.id);
    if (named) expect(shown).toMatchObject(named);
    else expect(shown).toBeUndefined();
  });

  test("has the externalId in conversations beyond the first, too", async () => {
    const externalId = freshName();
    const { anonymous, user } = await newGuest({ hasMoreConversations: true });
    const further = newConversation(app.id, freshId(), now, { type: "personal", isDefault: false }, [
      newParticipant(freshId(), { id: user.id }, []),
    ]);
    await table.put(conversationItem(further));
    await table.transact([enterConversation(app.id, user.id, further.id)]);
    await signIn({ externalId, anonymous });
    expect(await findOpen(table, app.id, further.id)).toMatchObject({ participants: [{ userExternalId: externalId }] });
    expect(await find(user.id)).toMatchObject({ externalId, absorbing: [] });
  });

  test("finishes the deletion of whoever had the externalId before", async () => {
    const externalId = freshName();
    const deleted = freshId();
    await table.put(vacancyItem(app.id, addressOf(externalId), deleted));
    await table.put(
      deletionItem({
        appId: app.id,
        userId: deleted,
        conversationId: undefined,
        hasMoreConversations: false,
        addresses: [],
      }),
    );
    const { anonymous, user } = await newGuest();
    expect(await signIn({ externalId, anonymous })).toMatchObject({ user: { id: user.id }, calls: "read transact" });
    expect(await table.get(deletionKey(app.id, deleted))).toBeUndefined();
  });

  test("brings the verified email along", async () => {
    const { anonymous, user } = await newGuest();
    const claims = { email: `${user.id}@example.com`, emailVerified: true };
    await signIn({ externalId: freshName(), anonymous, claims });
    expect(await table.get(keyOfEmail(app, claims.email))).toMatchObject({ userId: user.id });
  });

  test.each<[string, Partial<User>, Partial<SignIn["anonymous"] & object>, string]>([
    ["has an externalId by now", { externalId: "somebody" }, {}, "phone"],
    ["has no such session", {}, { sessionToken: "other" }, "phone"],
    ["has it on another device", {}, {}, "tablet"],
    ["is not there", {}, { userId: "f".repeat(24) }, "phone"],
  ])("is left alone where that user %s", async (_, fields, presented, guid) => {
    const externalId = freshName();
    const { anonymous, user } = await newGuest(fields);
    const request = { externalId, anonymous: { ...anonymous, ...presented }, device: { ...phone, guid } };
    expect(await signIn(request)).toMatchObject({ user: { id: addressOf(externalId) }, created: true });
    expect(await find(user.id)).toEqual(user);
  });
});

describe("a verified email", () => {
  const holding = async (more: Partial<User> = {}) => {
    const email = `${freshId()}@example.com`;
    const externalId = freshName();
    const claims = { email, emailVerified: true };
    const { user } = await signIn({ externalId, claims });
    await table.put(userItemAt({ ...user, ...more }, "1"));
    return { externalId, claims, user };
  };

  test("of another user is refused, and nothing is written", async () => {
    const { claims } = await holding();
    const externalId = freshName();
    await expect(signIn({ externalId, claims })).rejects.toMatchObject({ code: "conflict" });
    expect(await find(addressOf(externalId))).toBeUndefined();
  });

  test("that its holder has just lost is the next one's", async () => {
    const { claims, user } = await holding();
    let first = true;
    const late: Table = {
      ...table,
      async getAll(keys) {
        const items = await table.getAll(keys);
        if (first)
          for (const { pk, sk } of [userKey(app.id, user.id), keyOfEmail(app, claims.email)])
            await table.delete({ pk, sk });
        first = false;
        return items;
      },
    };
    expect(await signIn({ externalId: freshName(), claims }, now, late)).toMatchObject({ created: true });
  });

  test("is no conflict with oneself, though one reading may tell of two moments", async () => {
    const { claims, externalId, user } = await holding();
    let first = true;
    const early: Table = {
      ...table,
      async getAll(keys) {
        const [standing, ...others] = await table.getAll(keys);
        const missed = first;
        first = false;
        return [missed ? undefined : standing, ...others];
      },
    };
    expect(await signIn({ externalId, claims }, now, early)).toMatchObject({
      user: { id: user.id },
      calls: "read read",
    });
  });

  test("is claimed for a user, who may have it alone, and freed", async () => {
    const identity = { type: "email", value: `${freshId()}@example.com`, verification: "embed" } as const;
    const user = { ...newUser(app.id, freshId(), now), identities: [identity] };
    expect(claimEmails(app, [identity], user)).toEqual([]);
    expect((await table.transact(claimEmails(app, [], user))).done).toBe(true);
    expect((await table.transact(claimEmails(app, [], { ...user, id: freshId() }))).done).toBe(false);
    expect((await table.transact(freeEmails(app, user))).done).toBe(true);
    expect(await table.get(keyOfEmail(app, identity.value))).toBeUndefined();
  });
});

describe("a sign-in that meets a change each time", () => {
  test("decides anew 25 times, and is given up then", async () => {
    const externalId = freshName();
    await signIn({ externalId });
    let times = 0;
    const restless: Table = {
      ...table,
      put: async () => {
        times++;
        return { done: false, standing: undefined };
      },
    };
    // The pauses between the attempts are of random length.
    vi.spyOn(Math, "random").mockReturnValue(0);
    await expect(signIn({ externalId }, later(90), restless)).rejects.toThrow("A sign-in met a change");
    vi.restoreAllMocks();
    expect(times).toBe(25);
  });
});
