import type { Reply } from "./caller.ts";
import { deliver, newWhatsapp } from "./channelPeople.ts";
import { type Guest, sessionOf } from "./newDevice.ts";
import type { Random } from "./seededRandom.ts";
import type { Stage } from "./stage.ts";
import { unique, uniqueNumber } from "./unique.ts";
import { whatsappPayload } from "./whatsappPayload.ts";

/** A message that a client sent: when it first did, when it was last answered, and whether it was acknowledged. */
export interface Said {
  readonly began: number;
  ended: number;
  acknowledged: boolean;
  /** The number of times that it was sent. */
  sent: number;
}

/** A guest of a web page, with its first conversation. */
type Visitor = Pick<Guest, "appUserId" | "sessionToken" | "say"> & Awaited<ReturnType<Stage["device"]>>;

/** What clients did with an app, and what they were told. */
export interface EventHistory {
  readonly stage: Stage;
  readonly random: Random;
  readonly whatsapp: Awaited<ReturnType<typeof newWhatsapp>>;
  /** The messages by their texts, each of which is sent of one message only. */
  readonly said: Map<string, Said>;
  /** What was tried, by names such as `conversation:join`, conversation and user; and what of it was acknowledged. */
  readonly tried: Set<string>;
  readonly acknowledged: Set<string>;
  /** The ids of users that were told to clients. */
  readonly userIds: Set<string>;
  /** What is there to do something with. */
  readonly guests: { readonly visitor: Visitor; readonly conversationId: string }[];
  readonly users: { readonly id: string; readonly conversationId: string }[];
  readonly groups: { readonly id: string; readonly members: string[]; readonly everyone: string[] }[];
  readonly messages: { readonly id: string; readonly conversationId: string }[];
  /** What is to be repeated: messages of channels, and deletions that were not answered. */
  readonly unanswered: Map<string, () => Promise<Reply>>;
}

export async function newEventHistory(stage: Stage, random: Random): Promise<EventHistory> {
  await Promise.all([stage.web(), stage.telegram()]);
  return {
    stage,
    random,
    whatsapp: await newWhatsapp(stage.server, stage.app),
    said: new Map(),
    tried: new Set(),
    acknowledged: new Set(),
    userIds: new Set(),
    guests: [],
    users: [],
    groups: [],
    messages: [],
    unanswered: new Map(),
  };
}

/** Sends a message until it is answered, at most so often. */
async function send<Body>(
  { said }: EventHistory,
  text: string,
  most: number,
  act: () => Promise<Reply<Body>>,
): Promise<Reply<Body>> {
  const one = said.get(text) ?? { began: performance.now(), ended: 0, acknowledged: false, sent: 0 };
  said.set(text, one);
  let reply = await act();
  for (one.sent++; reply.status >= 500 && one.sent < most; one.sent++) reply = await act();
  one.ended = performance.now();
  one.acknowledged ||= reply.status < 300;
  return reply;
}

/** Does something that is told under a name. */
async function change(
  { tried, acknowledged, unanswered }: EventHistory,
  names: readonly string[],
  act: () => Promise<Reply>,
): Promise<boolean> {
  for (const name of names) tried.add(name);
  const again = async () => {
    const reply = await act();
    if (reply.status < 300) for (const name of names) acknowledged.add(name);
    return reply;
  };
  const { status } = await again();
  // What is deleted in part only is deleted by a repetition.
  if (status >= 500 && names.some((name) => name.includes(":remove"))) unanswered.set(unique("deletion"), again);
  return status < 300;
}

/** Delivers a message of a channel, which delivers it again until it was answered, and some of them once more. */
async function arrive(history: EventHistory, text: string, write: () => Promise<Reply>): Promise<void> {
  const { random, unanswered } = history;
  unanswered.set(text, () => send(history, text, Number.POSITIVE_INFINITY, write));
  const reply = await send(history, text, 2, write);
  if (reply.status < 300 && random.next() < 0.5) unanswered.delete(text);
}

/** The people on each channel, of whom each writes from one number. */
const people = 4;
const numberOf = (person: number): string => `1514557000${person}`;

/** What clients do, each with what it finds. */
const operations: Readonly<Record<string, (history: EventHistory) => Promise<unknown>>> = {
  /** A person writes to the bot; the channel delivers it again, sometimes although it was answered. */
  telegramMessage(history) {
    const [person, id, text] = [1 + history.random.below(people), uniqueNumber(), unique("telegram")];
    return arrive(history, text, () => history.stage.write(person, id, text));
  },
  whatsappMessage(history) {
    const { stage, whatsapp, random } = history;
    const [from, id, text] = [numberOf(random.below(people)), unique("wamid"), unique("whatsapp")];
    return arrive(history, text, () => deliver(stage.server, whatsapp, whatsappPayload({ from, id, text })));
  },
  /** A visitor's app repeats its request under its idempotency key. */
  async visit(history) {
    const { stage, guests, userIds } = history;
    const device = await stage.device();
    const [text, headers] = [unique("visit"), { "idempotency-key": unique("key") }];
    const fields = { conversation: { type: "personal", messages: [{ type: "text", text }] } };
    const { status, body } = await send(history, text, 4, () => device.create(fields, headers));
    if (status >= 300) return;
    userIds.add(body.appUser._id);
    guests.push({ visitor: { ...device, ...sessionOf(body) }, conversationId: body.conversations[0]?._id ?? "" });
  },
  async guestSays(history) {
    const guest = history.random.pick(history.guests);
    const text = unique("guest");
    if (guest) await send(history, text, 1, () => guest.visitor.say(guest.conversationId, text, guest.visitor));
  },
  /** Guests who turn out to be one of few people: the second and later ones are merged. */
  async login({ stage, random, guests, userIds, acknowledged }) {
    const guest = random.take(guests);
    const reply = await stage.login(`${stage.app.id}-${random.below(3)}`, guest?.visitor);
    if (reply.status >= 300) return;
    userIds.add(reply.body.appUser._id);
    if (guest && reply.body.appUser._id !== guest.visitor.appUserId)
      acknowledged.add(`user:merge ${guest.visitor.appUserId}`);
  },
  async newUser({ stage, users, userIds }) {
    const created = await stage.app.api.post<{ user?: { id: string } }>(`${stage.rest}/users`, {
      externalId: unique("person"),
    });
    const id = created.body?.user?.id;
    if (id === undefined) return;
    userIds.add(id);
    const made = await converse(stage, "personal", [id]);
    if (made !== undefined) users.push({ id, conversationId: made });
  },
  async businessSays(history) {
    const { stage, random, users, guests, groups, messages } = history;
    const places = [...users, ...guests].map((one) => one.conversationId).concat(groups.map(({ id }) => id));
    const conversationId = random.pick(places);
    if (conversationId === undefined) return;
    const text = unique("business");
    const { status, body } = await send(history, text, 1, () =>
      stage.app.api.post<{ messages: [{ id: string }] }>(`${stage.rest}/conversations/${conversationId}/messages`, {
        author: { type: "business" },
        content: { type: "text", text },
      }),
    );
    if (status < 300) messages.push({ id: body.messages[0].id, conversationId });
  },
  async read(history) {
    const { stage, random, users } = history;
    const user = random.pick(users);
    if (!user) return;
    const isUser = random.next() < 0.5;
    const author = isUser ? { type: "user", userId: user.id } : { type: "business" };
    const name = `conversation:read ${user.conversationId} ${isUser ? user.id : "business"}`;
    await change(history, [name], () =>
      stage.app.api.post(`${stage.rest}/conversations/${user.conversationId}/activity`, {
        author,
        type: "conversation:read",
      }),
    );
  },
  async newGroup({ stage, random, users, groups }) {
    const members = [...new Set([random.pick(users)?.id, random.pick(users)?.id])].filter((id) => id !== undefined);
    const id = members.length < 2 ? undefined : await converse(stage, "sdkGroup", members);
    if (id !== undefined) groups.push({ id, members, everyone: [...members] });
  },
  /** Only a user that no group has had yet, so that each joins a group once. */
  async join(history) {
    const { stage, random, users, groups } = history;
    const [group, user] = [random.pick(groups), random.pick(users)];
    if (!group || !user || group.everyone.includes(user.id)) return;
    group.everyone.push(user.id);
    const name = `conversation:join ${group.id} ${user.id}`;
    const body = { userId: user.id, subscribeSDKClient: false };
    if (await change(history, [name], () => stage.app.api.post(`${stage.rest}/conversations/${group.id}/join`, body)))
      group.members.push(user.id);
  },
  async leave(history) {
    const { stage, random, groups } = history;
    const group = random.pick(groups);
    const userId = group && random.take(group.members);
    if (userId === undefined) return;
    await change(history, [`conversation:leave ${group?.id} ${userId}`], () =>
      stage.app.api.post(`${stage.rest}/conversations/${group?.id}/leave`, { userId }),
    );
  },
  /** A known user who is linked to a number becomes the one that wrote from it. */
  async link({ stage, random, users, whatsapp }) {
    const user = random.pick(users);
    if (!user) return;
    await stage.app.api.post(`${stage.rest}/users/${user.id}/clients`, {
      matchCriteria: {
        type: "whatsapp",
        integrationId: whatsapp.id,
        phoneNumber: `+${numberOf(random.below(people))}`,
      },
      confirmation: { type: "immediate" },
      target: { conversationId: user.conversationId },
    });
  },
  async deleteMessage(history) {
    const { stage, random, messages } = history;
    const message = random.take(messages);
    if (!message) return;
    const path = `${stage.rest}/conversations/${message.conversationId}/messages/${message.id}`;
    await change(history, [`message:remove ${message.id}`], () => stage.app.api.delete(path));
  },
  async deleteConversation(history) {
    const { stage, random, users, groups } = history;
    const group = random.take(groups);
    const id = group?.id ?? random.take(users)?.conversationId;
    if (id === undefined) return;
    await change(history, [`conversation:remove ${id}`], () =>
      stage.app.api.delete(`${stage.rest}/conversations/${id}`),
    );
  },
  async deleteUser(history) {
    const { stage, random, users } = history;
    const user = users.length > 4 ? random.take(users) : undefined;
    if (!user) return;
    await change(history, [`user:remove ${user.id}`], () => stage.app.api.delete(`${stage.rest}/users/${user.id}`));
  },
};

async function converse(stage: Stage, type: string, userIds: readonly string[]): Promise<string | undefined> {
  const { body } = await stage.app.api.post<{ conversation?: { id: string } }>(`${stage.rest}/conversations`, {
    type,
    participants: userIds.map((userId) => ({ userId, subscribeSDKClient: false })),
  });
  return body?.conversation?.id;
}

/** Births more often than deaths, and many messages. */
const often = ["telegramMessage", "visit", "businessSays", "newUser", "newUser", "newGroup", "join", "leave"];
const names = [...Object.keys(operations), ...often];

/** Lets clients do things at once, each so many, one after another. */
export async function playEvents(history: EventHistory, clients: number, each: number): Promise<void> {
  const client = async () => {
    for (let turn = 0; turn < each; turn++) await operations[history.random.pick(names) ?? ""]?.(history);
  };
  await Promise.all(Array.from({ length: clients }, client));
}

/**
 * Repeats what was not answered: what channels deliver again, with some of what was answered, and deletions. Then reads
 * every user's conversations, which finishes the merges that broke off.
 */
export async function settle({ unanswered, userIds, stage }: EventHistory): Promise<void> {
  await Promise.all([...unanswered.values()].map((again) => again()));
  unanswered.clear();
  for (const id of userIds) {
    const path = `${stage.rest}/conversations`;
    const { body } = await stage.app.api.get<{ conversations?: readonly { id: string }[] }>(
      `${path}?filter[userId]=${id}`,
    );
    for (const one of body.conversations ?? []) await stage.app.api.get(`${path}/${one.id}/messages`);
  }
}
