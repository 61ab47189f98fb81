import type { QueuedDelivery } from "../../lib/model/events/webhookDelivery.ts";
import type { EventHistory } from "./eventHistory.ts";
import { everyItem, type Item } from "./tableItems.ts";

/** An event as it was told, with the name of the thing that it tells of. */
interface Told {
  readonly id: string;
  readonly type: string;
  readonly thing: string;
  readonly conversationId: string;
  // Of any type of event.
  // biome-ignore lint/suspicious/noExplicitAny: tests look into payloads by name
  readonly payload: any;
}

/** What the table holds of an app in the end. */
interface Stored {
  readonly users: ReadonlyMap<string, Item>;
  readonly conversations: ReadonlyMap<string, Item>;
  readonly messages: ReadonlyMap<string, Item>;
}

/** An event's thing: two events of one id are of one thing, and no thing has events of two ids. */
function toldOf({ event }: QueuedDelivery): Told {
  const { id, type, createdAt } = event;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into payloads by name
  const payload: any = event.payload;
  const conversationId: string = payload.conversation?.id ?? "";
  const things: Readonly<Record<string, string>> = {
    "conversation:create": `${conversationId} ${createdAt}`,
    "conversation:message": payload.message?.id,
    "conversation:read": `${conversationId} ${payload.activity?.author.userId ?? "business"} ${createdAt}`,
    "conversation:join": `${conversationId} ${payload.user?.id}`,
    "conversation:leave": `${conversationId} ${payload.user?.id}`,
    "conversation:remove": conversationId,
    "user:merge": payload.mergedUsers?.discarded.id,
    "user:remove": payload.user?.id,
  };
  return { id, type, thing: `${type} ${things[type] ?? id}`, conversationId, payload };
}

async function storedOf({ stage }: EventHistory): Promise<Stored> {
  const items = (await everyItem(stage.server)).filter(({ pk }) => String(pk).split("#")[1] === stage.app.id);
  const idOf = ({ pk }: Item) => String(pk).split("#")[2] ?? "";
  const by = (name: (item: Item) => string, isOne: (sk: string) => boolean) =>
    new Map(items.filter(({ sk }) => isOne(String(sk))).map((item) => [name(item), item]));
  return {
    users: by(idOf, (sk) => sk === "user"),
    conversations: by(idOf, (sk) => sk === "conversation"),
    messages: by(
      ({ id }) => id,
      (sk) => sk.startsWith("message#"),
    ),
  };
}

/**
 * Lists what is wrong with what was told of a history, a sentence each.
 * @param passes the deliveries of the same records, published several times over; in the last no record came twice
 */
export async function brokenTellings(
  history: EventHistory,
  passes: readonly (readonly QueuedDelivery[])[],
): Promise<readonly string[]> {
  const told = passes.map((pass) => pass.map(toldOf));
  const stored = await storedOf(history);
  const [first = []] = told;
  return [
    ...oneIdEach(told.flat()),
    ...sameEachTime(told),
    ...told.flatMap((pass) => [...untold(history, stored, pass), ...madeUp(history, stored, pass)]),
    ...told.flatMap((pass) => creationsAfterMessages(pass)),
    ...told.flatMap((pass) => outOfOrder(history, stored, pass)),
    ...toldAnew(history, told.at(-1) ?? first),
  ];
}

/** An id belongs to one thing, and a thing has one id. */
function oneIdEach(told: readonly Told[]): readonly string[] {
  const [things, ids] = [new Map<string, string>(), new Map<string, string>()];
  return told.flatMap(({ id, thing }) => {
    const [otherThing, otherId] = [things.get(id) ?? thing, ids.get(thing) ?? id];
    things.set(id, thing);
    ids.set(thing, id);
    if (otherThing !== thing) return [`${otherThing} and ${thing} have one id`];
    return otherId === id ? [] : [`${thing} has two ids`];
  });
}

/** Each pass tells the same, however the records are cut. */
function sameEachTime(passes: readonly (readonly Told[])[]): readonly string[] {
  const all = passes.map((pass) => new Map(pass.map((one) => [one.id, one.thing])));
  const every = new Map(all.flatMap((pass) => [...pass]));
  return [...every].flatMap(([id, thing]) =>
    all.every((pass) => pass.has(id)) ? [] : [`${thing} is told in one pass alone`],
  );
}

/** Whatever was acknowledged, or is stored, is told. */
function untold(history: EventHistory, stored: Stored, told: readonly Told[]): readonly string[] {
  const things = new Set(told.map(({ thing }) => thing));
  const texts = new Set(told.map(({ payload }) => payload.message?.content.text));
  const reads = new Set(told.filter(({ type }) => type === "conversation:read").map(({ thing }) => withoutTime(thing)));
  const expected = [
    ...[...history.acknowledged].filter((name) => !name.startsWith("message:") && !reads.has(name)),
    ...[...stored.messages.values()]
      .filter(({ pk }) => stored.conversations.get(String(pk).split("#")[2] ?? "")?.mergedInto !== "")
      .map(({ id }) => `conversation:message ${id}`),
    ...[...stored.conversations].flatMap(([id, { createdAt, mergedInto }]) =>
      mergedInto === "" ? [`conversation:remove ${id}`] : createdAt ? [`conversation:create ${id} ${createdAt}`] : [],
    ),
    ...[...history.userIds].flatMap((id) => {
      const { kind, of } = stored.users.get(id) ?? {};
      return of === id ? [`user:remove ${id}`] : kind === "redirect" ? [`user:merge ${id}`] : [];
    }),
  ];
  const unsaid = [...history.said].filter(([text, { acknowledged }]) => acknowledged && !texts.has(text));
  return [
    ...expected.filter((thing) => !things.has(thing)).map((thing) => `${thing} is not told`),
    ...unsaid.map(([text]) => `the message ${text} was acknowledged and is not told`),
  ];
}

/** Whatever is told was committed: it is stored, or was deleted since. */
function madeUp({ tried }: EventHistory, stored: Stored, told: readonly Told[]): readonly string[] {
  const removed = new Set(told.filter(({ type }) => type === "conversation:remove").map((one) => one.conversationId));
  const into = new Map(
    told.flatMap(({ payload: { mergedConversations: merged } }) =>
      merged ? [[merged.discarded.id, merged.surviving.id] as const] : [],
    ),
  );
  const isGone = (conversationId: string | undefined): boolean =>
    conversationId !== undefined && (removed.has(conversationId) || isGone(into.get(conversationId)));
  // A channel's message that was put again is told of the conversation where it is by then, which may be deleted.
  const gone = new Set(told.filter((one) => isGone(one.conversationId)).map(({ thing }) => thing));
  const isThere = (userId: string): boolean => stored.users.get(userId)?.kind === "user";
  const isTrue = ({ type, thing, conversationId, payload }: Told): boolean => {
    const conversation = stored.conversations.get(conversationId);
    switch (type) {
      case "conversation:message":
        return (
          stored.messages.has(payload.message.id) ||
          tried.has(`message:remove ${payload.message.id}`) ||
          gone.has(thing)
        );
      case "conversation:create":
        return conversation?.createdAt === undefined || thing.endsWith(conversation.createdAt);
      case "conversation:remove":
        return conversation === undefined || conversation.mergedInto === "";
      case "conversation:join":
        return (
          tried.has(thing) &&
          (hasUser(conversation, payload) || tried.has(leaving(thing)) || gone.has(thing) || !isThere(payload.user.id))
        );
      case "conversation:leave":
        return !hasUser(conversation, payload);
      case "conversation:read":
        return tried.has(withoutTime(thing));
      case "user:merge":
        return !isThere(payload.mergedUsers.discarded.id);
      case "user:remove":
        return !isThere(payload.user.id);
      default:
        return true;
    }
  };
  return told.filter((one) => !isTrue(one)).map(({ thing }) => `${thing} is told and was not committed`);
}

/** Leaves out the time of a reading, which the request that asks for it does not know. */
const withoutTime = (thing: string) => thing.slice(0, thing.lastIndexOf(" "));
const leaving = (thing: string) => thing.replace("conversation:join", "conversation:leave");
const hasUser = (conversation: Item | undefined, payload: { user: { id: string } }): boolean =>
  conversation?.participants?.[payload.user.id] !== undefined;

/** A conversation is created before it has messages. */
function creationsAfterMessages(told: readonly Told[]): readonly string[] {
  const created = new Set<string>();
  return told.flatMap(({ type, thing, conversationId }) => {
    if (type === "conversation:create") created.add(conversationId);
    const isEarly = type === "conversation:message" && !created.has(conversationId);
    return isEarly ? [`${thing} is told before its conversation's creation`] : [];
  });
}

/**
 * Messages are told in the order of their list, unless the requests that wrote them met: their times are those of the
 * requests' beginnings, and the table may take them the other way round.
 */
function outOfOrder({ said }: EventHistory, stored: Stored, told: readonly Told[]): readonly string[] {
  const messages = [...new Map(told.map((one) => [one.thing, one])).values()].filter((one) => one.payload.message);
  return [...Map.groupBy(messages, (one) => one.conversationId).values()].flatMap((all) =>
    all.flatMap((later, index) =>
      all.slice(0, index).flatMap((earlier) => {
        const [a, b] = [earlier, later].map((one) => stored.messages.get(one.payload.message.id)?.order);
        const [one, other] = [earlier, later].map((each) => said.get(each.payload.message.content.text));
        if (a === undefined || b === undefined || !one || !other || a < b) return [];
        return one.began < other.ended && other.began < one.ended
          ? []
          : [`${earlier.thing} is told before ${later.thing}`];
      }),
    ),
  );
}

/**
 * Where no record came twice, no message is told twice. Only a channel's may be put again, under its id: where its person's
 * messages go now, if its conversation was merged or deleted meanwhile.
 */
function toldAnew({ said }: EventHistory, told: readonly Told[]): readonly string[] {
  const isOwn = ({ payload: { message } }: Told) =>
    /^(api:conversations|web)$/.test(message?.source?.type) && said.get(message.content.text)?.sent === 1;
  const times = Map.groupBy(told.filter(isOwn), ({ thing }) => thing);
  return [...times].flatMap(([thing, { length }]) => (length > 1 ? [`${thing} is told anew`] : []));
}
