import {
  type BatchGetItemInput,
  type BatchGetItemOutput,
  ConditionalCheckFailedException,
} from "@aws-sdk/client-dynamodb";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { findOpenConversation } from "../../lib/conversations/findConversation.ts";
import type { Db } from "../../lib/db/db.ts";
import { conversationItem } from "../../lib/db/items/conversationItem.ts";
import { deletionItem } from "../../lib/db/items/deletionItem.ts";
import { claimEmails, freeEmails, keyOfEmail } from "../../lib/db/items/emailItem.ts";
import { vacancyItem } from "../../lib/db/items/userItem.ts";
import { conversationKey, deletionKey, externalIdAddress, firstConversationId, userKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { ConflictError } from "../../lib/db/retryOnConflict.ts";
import { transact } from "../../lib/db/transact.ts";
import { deleteItem, putItem, updateItem } from "../../lib/db/writeItems.ts";
import { newConversation, newParticipant } from "../../lib/model/conversation.ts";
import { type DeviceDescription, sessionHash, withDevice, withoutDevice } from "../../lib/model/device.ts";
import { newUser, type User } from "../../lib/model/user.ts";
import { findUserById } from "../../lib/users/findUser.ts";
import type { SignIn } from "../../lib/users/planSignIn.ts";
import { signIn } from "../../lib/users/signIn.ts";
import { type DbCall, intercept } from "../support/intercept.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { app } from "../support/storedUsers.ts";
import { freshId, uniqueNumber } from "../support/unique.ts";
import { userItemAt } from "../support/userItemAt.ts";
import { listUnder } from "../support/userMessages.ts";

const now = new Date();
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const phone: DeviceDescription = { guid: "phone", type: "ios", integrationId: "b".repeat(24) };
let db: Db;
beforeAll(async () => {
  db = await newTable();
});

const freshName = () => `person ${uniqueNumber()}`;
const addressOf = (externalId: string) => externalIdAddress(app.salt, externalId);
type Request = Partial<SignIn> & { readonly externalId: string };

/** The calls that tell how often a sign-in read what it decides on, and how it wrote. */
const words = new Map([
  ["BatchGetItem", "read"],
  ["PutItem", "put"],
  ["TransactWriteItems", "transact"],
]);

/** Signs in, and tells how often the records were read, and whether the user was written. */
async function signInWatched(request: Request, receivedAt = now, through = db) {
  const calls: string[] = [];
  const watched = intercept(through, (call, send) => {
    const word = words.get(call.name);
    if (word !== undefined) calls.push(word);
    return send();
  });
  const runtime = runtimeOf(watched, { newId: freshId });
  const signedIn = await signIn(runtime, app, { claims: {}, device: phone, receivedAt, ...request });
  return { ...signedIn, calls: calls.join(" ") };
}

const find = async (userId: string) => (await findUserById({ db }, app.id, userId))?.user;

/** Stores an anonymous user with a session on the phone, and with a first conversation unless told otherwise. */
async function newGuest(fields: Partial<User> = {}, conversing = true) {
  const id = freshId();
  const conversation = newConversation(app.id, firstConversationId(app.salt, id), now, {
    type: "personal",
    isDefault: true,
    participants: [newParticipant(freshId(), { id }, [])],
  });
  const user: User = {
    ...withDevice(newUser(app.id, id, now), { ...phone, session: sessionHash("token") }, now, freshId),
    ...(conversing ? { defaultConversationId: conversation.id } : {}),
    ...fields,
  };
  await putItem(db, userItemAt(user, "1"));
  if (conversing) await putItem(db, conversationItem(conversation));
  return { user, conversation, anonymous: { userId: id, sessionToken: "token" } };
}

describe("somebody unknown who signs in", () => {
  test("is created in one write, with email in one transaction", async () => {
    const [ada, bob] = [freshName(), freshName()];
    expect(await signInWatched({ externalId: ada })).toMatchObject({
      user: { id: addressOf(ada), externalId: ada, authenticated: true, devices: [{ guid: "phone" }] },
      conversation: undefined,
      created: true,
      calls: "read put",
    });
    const claims = { email: `${bob}@example.com`.replace(" ", "-"), emailVerified: true };
    expect(await signInWatched({ externalId: bob, claims })).toMatchObject({ created: true, calls: "read transact" });
    expect(await getItem(db, keyOfEmail(app, claims.email))).toMatchObject({ userId: addressOf(bob) });
  });
});

describe("somebody known who signs in", () => {
  const known = async () => {
    const externalId = freshName();
    return { externalId, user: (await signInWatched({ externalId })).user };
  };

  test("again within a minute is not written", async () => {
    const { externalId, user } = await known();
    const signedIn = await signInWatched({ externalId }, later(59));
    expect(signedIn).toMatchObject({ created: false, calls: "read" });
    expect(signedIn.user).toEqual(user);
  });

  test.each<[string, (user: User) => User, Partial<SignIn>, number]>([
    ["a minute later", (user) => user, {}, 60],
    ["on another device", (user) => user, { device: { ...phone, guid: "tablet" } }, 1],
    ["on a device that had signed out", (user) => withoutDevice(user, "phone"), {}, 1],
    [
      "on a device that has a session still",
      (user) => withDevice(user, { ...phone, session: "hash" }, now, freshId),
      {},
      1,
    ],
    ["for the first time", (user) => ({ ...user, authenticated: false }), {}, 1],
    ["with a name that was not known", (user) => user, { claims: { name: "Ada" } }, 1],
  ])("%s is written once", async (_, change, request, seconds) => {
    const { externalId, user } = await known();
    await putItem(db, userItemAt(change(user), "1"));
    const signedIn = await signInWatched({ externalId, ...request }, later(seconds));
    expect(signedIn).toMatchObject({ created: false, calls: "read put", user: { id: user.id, authenticated: true } });
    expect(await find(user.id)).toEqual(signedIn.user);
    expect(signedIn.user.devices[0]).toMatchObject({ lastSeen: later(seconds).toISOString(), status: "active" });
    expect(signedIn.user.devices[0]?.sessions).toBeUndefined();
  });

  test("on one of several devices is not written where that one has just been seen", async () => {
    const { externalId } = await known();
    await signInWatched({ externalId, device: { ...phone, guid: "tablet" } }, later(1));
    expect(await signInWatched({ externalId }, later(2))).toMatchObject({ calls: "read" });
  });

  test("with a further verified email is written with it", async () => {
    const { externalId, user } = await known();
    const claims = { email: `${user.id}@example.com`, emailVerified: true };
    expect(await signInWatched({ externalId, claims })).toMatchObject({ created: false, calls: "read transact" });
    expect(await getItem(db, keyOfEmail(app, claims.email))).toMatchObject({ userId: user.id });
    expect(await signInWatched({ externalId, claims })).toMatchObject({ calls: "read" });
  });

  test("gets the first conversation with the reading, if it is the default one", async () => {
    const { externalId, user } = await known();
    const id = firstConversationId(app.salt, user.id);
    const first = newConversation(app.id, id, now, { type: "personal", isDefault: true, participants: [] });
    await putItem(db, conversationItem(first));
    await putItem(db, userItemAt({ ...user, defaultConversationId: id }, "1"));
    expect((await signInWatched({ externalId })).conversation).toEqual(first);
    expect((await signInWatched({ externalId }, later(90))).conversation).toEqual(first);
    await putItem(db, userItemAt({ ...user, defaultConversationId: freshId() }, "1"));
    expect((await signInWatched({ externalId })).conversation).toBeUndefined();
  });

  test("takes over the anonymous user of the device, at once", async () => {
    const { externalId, user } = await known();
    const { anonymous, conversation } = await newGuest();
    expect(await signInWatched({ externalId, anonymous })).toMatchObject({
      user: { id: user.id, externalId, defaultConversationId: conversation.id },
      conversation: undefined,
      created: false,
      calls: expect.stringMatching(/^read transact/),
    });
    expect(await getItem(db, userKey(app.id, anonymous.userId))).toMatchObject({ kind: "redirect", userId: user.id });
  });
});

describe("an anonymous user who signs in with an externalId of nobody", () => {
  test.each([true, false])("keeps id and history, having a conversation: %j", async (conversing) => {
    const externalId = freshName();
    const { anonymous, user, conversation } = await newGuest({}, conversing);
    const signedIn = await signInWatched({ externalId, anonymous });
    expect(signedIn).toMatchObject({
      user: { id: user.id, externalId, authenticated: true },
      conversation: undefined,
      created: false,
      calls: "read transact",
    });
    expect(signedIn.user.pendingMoves).toBeUndefined();
    expect(await find(user.id)).toEqual(signedIn.user);
    expect(await getItem(db, userKey(app.id, addressOf(externalId)))).toMatchObject({
      kind: "redirect",
      userId: user.id,
    });
    const named = conversing ? { participants: [{ userExternalId: externalId }] } : undefined;
    const shown = await findOpenConversation({ db }, app.id, conversation.id);
    if (named) expect(shown).toMatchObject(named);
    else expect(shown).toBeUndefined();
  });

  test("has the externalId in conversations beyond the first, too", async () => {
    const externalId = freshName();
    const { anonymous, user } = await newGuest({ hasMoreConversations: true });
    const further = newConversation(app.id, freshId(), now, {
      type: "personal",
      isDefault: false,
      participants: [newParticipant(freshId(), { id: user.id }, [])],
    });
    await putItem(db, conversationItem(further));
    await listUnder(db, user.id, further);
    await signInWatched({ externalId, anonymous });
    expect(await findOpenConversation({ db }, app.id, further.id)).toMatchObject({
      participants: [{ userExternalId: externalId }],
    });
    expect(await find(user.id)).toMatchObject({ externalId, pendingMoves: [] });
  });

  test("finishes the deletion of whoever had the externalId before", async () => {
    const externalId = freshName();
    const deleted = freshId();
    await putItem(db, vacancyItem(app.id, addressOf(externalId), deleted));
    await putItem(
      db,
      deletionItem({
        appId: app.id,
        userId: deleted,
        conversationId: undefined,
        hasMoreConversations: false,
        addresses: [],
      }),
    );
    const { anonymous, user } = await newGuest();
    expect(await signInWatched({ externalId, anonymous })).toMatchObject({
      user: { id: user.id },
      calls: "read transact",
    });
    expect(await getItem(db, deletionKey(app.id, deleted))).toBeUndefined();
  });

  test("brings the verified email along", async () => {
    const { anonymous, user } = await newGuest();
    const claims = { email: `${user.id}@example.com`, emailVerified: true };
    await signInWatched({ externalId: freshName(), anonymous, claims });
    expect(await getItem(db, keyOfEmail(app, claims.email))).toMatchObject({ userId: user.id });
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
    expect(await signInWatched(request)).toMatchObject({ user: { id: addressOf(externalId) }, created: true });
    expect(await find(user.id)).toEqual(user);
  });
});

describe("a verified email", () => {
  const holding = async (more: Partial<User> = {}) => {
    const email = `${freshId()}@example.com`;
    const externalId = freshName();
    const claims = { email, emailVerified: true };
    const { user } = await signInWatched({ externalId, claims });
    await putItem(db, userItemAt({ ...user, ...more }, "1"));
    return { externalId, claims, user };
  };

  test("of another user is refused, and nothing is written", async () => {
    const { claims } = await holding();
    const externalId = freshName();
    await expect(signInWatched({ externalId, claims })).rejects.toMatchObject({ code: "conflict" });
    expect(await find(addressOf(externalId))).toBeUndefined();
  });

  test("that its holder has just lost is the next one's", async () => {
    const { claims, user } = await holding();
    let first = true;
    const late = intercept(db, async ({ name }, send) => {
      const answer = await send();
      if (name !== "BatchGetItem") return answer;
      if (first) for (const key of [userKey(app.id, user.id), keyOfEmail(app, claims.email)]) await deleteItem(db, key);
      first = false;
      return answer;
    });
    expect(await signInWatched({ externalId: freshName(), claims }, now, late)).toMatchObject({ created: true });
  });

  test("is no conflict with oneself, though one reading may tell of two moments", async () => {
    const { claims, externalId, user } = await holding();
    let first = true;
    const early = intercept(db, async ({ name }, send) => {
      const answer = await send();
      if (name !== "BatchGetItem" || !first) return answer;
      first = false;
      const { Responses = {} } = answer as BatchGetItemOutput;
      const others = (Responses[db.tableName] ?? []).filter(({ pk }) => pk?.S !== userKey(app.id, user.id).pk);
      return { ...(answer as BatchGetItemOutput), Responses: { [db.tableName]: others } };
    });
    expect(await signInWatched({ externalId, claims }, now, early)).toMatchObject({
      user: { id: user.id },
      calls: "read read",
    });
  });

  test("is claimed for a user, who may have it alone, and freed", async () => {
    const identity = { type: "email", value: `${freshId()}@example.com`, verification: "embed" } as const;
    const user = { ...newUser(app.id, freshId(), now), identities: [identity] };
    expect(claimEmails(app, [identity], user)).toEqual([]);
    expect((await transact(db, { emails: claimEmails(app, [], user) })).done).toBe(true);
    expect((await transact(db, { emails: claimEmails(app, [], { ...user, id: freshId() }) })).done).toBe(false);
    expect((await transact(db, { emails: freeEmails(app, user) })).done).toBe(true);
    expect(await getItem(db, keyOfEmail(app, identity.value))).toBeUndefined();
  });
});

describe("a sign-in that meets a change each time", () => {
  test("decides anew a hundred times, and is given up then", async () => {
    const externalId = freshName();
    await signInWatched({ externalId });
    let times = 0;
    const restless = intercept(db, async ({ name }, send) => {
      if (name !== "PutItem") return send();
      times++;
      throw new ConditionalCheckFailedException({ message: "The user has changed.", $metadata: {} });
    });
    // The pauses between the attempts are of random length.
    vi.spyOn(Math, "random").mockReturnValue(0);
    await expect(signInWatched({ externalId }, later(90), restless)).rejects.toThrow(ConflictError);
    vi.restoreAllMocks();
    expect(times).toBe(100);
  });
});

describe("what a sign-in meets", () => {
  /** Signs in, and tells of each reading what it asked for. */
  async function signInRead(request: Request) {
    const reads: unknown[] = [];
    const watched = intercept(db, (call, send) => {
      if (call.name === "BatchGetItem") reads.push(partitionsOf(call));
      else if (call.name === "GetItem" || call.name === "Query") reads.push(call.name);
      return send();
    });
    const outcome = await signInWatched(request, now, watched).catch((error: unknown) => error);
    return { reads, outcome };
  }
  const partitionsOf = ({ input }: DbCall) =>
    (input.RequestItems as BatchGetItemInput["RequestItems"])?.[db.tableName]?.Keys?.map(({ pk }) => pk?.S);
  const partitionsAt = (address: string) => [
    userKey(app.id, address).pk,
    conversationKey(app.id, firstConversationId(app.salt, address)).pk,
  ];
  const verified = (email: string) => ({ email, emailVerified: true });

  test("is read in one call, each where it was asked for", async () => {
    const externalId = freshName();
    const address = addressOf(externalId);
    expect(await signInRead({ externalId })).toMatchObject({
      reads: [partitionsAt(address)],
      outcome: { user: { id: address }, conversation: undefined, created: true },
    });
    const id = firstConversationId(app.salt, address);
    const first = newConversation(app.id, id, now, { type: "personal", isDefault: true, participants: [] });
    await putItem(db, conversationItem(first));
    await putItem(db, userItemAt({ ...((await find(address)) as User), defaultConversationId: id }, "1"));
    expect(await signInRead({ externalId })).toMatchObject({
      reads: [partitionsAt(address)],
      outcome: { user: { id: address }, conversation: first, created: false },
    });
    await updateItem(db, conversationKey(app.id, id), { set: { mergedInto: "other" } });
    expect(await signInRead({ externalId })).toMatchObject({
      reads: [partitionsAt(address)],
      outcome: { user: { id: address }, conversation: undefined },
    });

    const unknown = freshName();
    const { anonymous } = await newGuest({}, false);
    const guestPartition = userKey(app.id, anonymous.userId).pk;
    expect(await signInRead({ externalId: unknown, anonymous })).toMatchObject({
      reads: [[...partitionsAt(addressOf(unknown)), guestPartition]],
      outcome: { user: { id: anonymous.userId, externalId: unknown }, conversation: undefined },
    });

    const holder = freshName();
    const taken = verified(`${freshId()}@example.com`);
    await signInWatched({ externalId: holder, claims: taken });
    const emailPartition = keyOfEmail(app, taken.email).pk;
    const other = freshName();
    expect(await signInRead({ externalId: other, claims: taken })).toMatchObject({
      // And one more, to look at its holder closely.
      reads: [[...partitionsAt(addressOf(other)), emailPartition], "GetItem"],
      outcome: { code: "conflict" },
    });
    const guest = (await newGuest({}, false)).anonymous;
    expect(await signInRead({ externalId: other, claims: taken, anonymous: guest })).toMatchObject({
      reads: [[...partitionsAt(addressOf(other)), emailPartition, userKey(app.id, guest.userId).pk], "GetItem"],
      outcome: { code: "conflict" },
    });
    const free = verified(`${freshId()}@example.com`);
    expect(await signInRead({ externalId: other, claims: free, anonymous: guest })).toMatchObject({
      reads: [[...partitionsAt(addressOf(other)), keyOfEmail(app, free.email).pk, userKey(app.id, guest.userId).pk]],
      outcome: { user: { id: guest.userId, identities: [{ value: free.email }] } },
    });
  });
});
