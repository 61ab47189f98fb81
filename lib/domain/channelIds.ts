import type { ChannelPerson } from "./channel.ts";
import { type Client, idsOfClient } from "./client.ts";
import { internationalFormat } from "./phoneNumber.ts";

/**
 * What an id of a person on a channel is. A number is the person's until a network gives it to somebody else; a user id is
 * given to nobody else, nor is a parent id, under which the companies of one group know the person.
 */
type IdKind = "number" | "user" | "parent";

const kinds = ["number", "user", "parent"] as const satisfies readonly IdKind[];

/** The channels on which people have ids of several kinds, with the fields of `raw` that hold each. */
const fieldsOf: Partial<Record<Client["type"], readonly (readonly [field: string, kind: IdKind | "any"])[]>> = {
  whatsapp: [
    ["from", "number"],
    ["user_id", "user"],
    ["parent_user_id", "parent"],
  ],
  twilio: [
    ["From", "any"],
    ["WaId", "number"],
    ["ExternalUserId", "user"],
    ["ParentExternalUserId", "parent"],
  ],
};

/** What a network says of a number's place: it goes with the number. */
const placesOfNumber = {
  info: ["phoneNumber", "city", "state", "country"],
  raw: ["FromZip", "FromState", "FromCity", "FromCountry"],
} as const;

/** On Twilio a person of WhatsApp has this before each id; ids without it are numbers of SMS, which nothing else names. */
const whatsappOfTwilio = "whatsapp:";

/**
 * The kind of a person's id; `undefined` where the channel has but one kind. Source: Meta's documentation of
 * business-scoped user ids, which begin with a country's two letters and a point, a group's also with `ENT.`
 */
function kindOf(type: Client["type"], id: string): IdKind | undefined {
  if (type !== "whatsapp" && !(type === "twilio" && id.startsWith(whatsappOfTwilio))) return undefined;
  const bare = type === "twilio" ? id.slice(whatsappOfTwilio.length) : id;
  if (/^\+?\d+$/.test(bare)) return "number";
  return /^[A-Z]{2}\.ENT\./.test(bare) ? "parent" : "user";
}

const ofKind = (type: Client["type"], ids: readonly string[], kind: IdKind): readonly string[] =>
  ids.filter((id) => kindOf(type, id) === kind);

/** The ids among these that a network may give to somebody else. */
export const numbersOf = (type: Client["type"], ids: readonly string[]): readonly string[] =>
  ofKind(type, ids, "number");

/** Whether some of these ids are numbers, and others tell beside them whose the numbers are. */
export function hasKinds(type: Client["type"], ids: readonly string[]): boolean {
  const found = new Set(ids.map((id) => kindOf(type, id)));
  return found.has("number") && (found.has("user") || found.has("parent"));
}

/**
 * Whether two lists of ids are of two people, whatever number is in both: each has a user id, or a parent id, and they
 * share none of either.
 */
export function areOfTwo(type: Client["type"], one: readonly string[], other: readonly string[]): boolean {
  const lasting = (["user", "parent"] as const).map((kind) => [ofKind(type, one, kind), ofKind(type, other, kind)]);
  return (
    lasting.some(([ours = [], theirs = []]) => ours.length > 0 && theirs.length > 0) &&
    !lasting.some(([ours = [], theirs = []]) => ours.some((id) => theirs.includes(id)))
  );
}

/** What is told of a person, and holds ids or follows from them. */
interface Told {
  readonly displayName?: string | undefined;
  readonly info?: Readonly<Record<string, unknown>> | undefined;
  readonly raw?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The client standing for these ids from now on: its own is the number, else the user id, and all that follows from ids
 * (the name that was a number, what `info` and `raw` hold of them) follows these.
 */
export function withIds(client: Client, ids: readonly string[]): Client {
  const { type } = client;
  const before = idsOfClient(client);
  const held = [...new Set(ids)];
  const externalId = kinds.flatMap((kind) => ofKind(type, held, kind))[0] ?? held[0];
  const aliases = held.filter((id) => id !== externalId);
  return {
    ...client,
    ...followingIds(type, client, before, externalId === undefined ? [] : [externalId, ...aliases]),
    externalId,
    aliases: aliases.length === 0 ? undefined : aliases,
  };
}

/** A person without some of the ids that an event names, nor what follows from them: they are another's by now. */
export function withoutIds(type: Client["type"], person: ChannelPerson, gone: readonly string[]): ChannelPerson {
  const before = [person.externalId, ...person.aliases];
  const [externalId = person.externalId, ...aliases] = before.filter((id) => !gone.includes(id));
  const told = followingIds(type, person, before, [externalId, ...aliases]) as Partial<ChannelPerson>;
  return { ...person, ...told, externalId, aliases };
}

/** What is told of a person, once the ids behind it are others. */
function followingIds(type: Client["type"], told: Told, before: readonly string[], held: readonly string[]): Told {
  const lost = before
    .filter((id) => !held.includes(id))
    .map(digitsOf)
    .filter((digits) => digits !== undefined);
  const raw = rawOf(type, lost.length > 0 ? without(told.raw, placesOfNumber.raw) : told.raw, held);
  if (lost.length === 0) return { ...told, raw };
  const digits = digitsOf(numbersOf(type, held)[0] ?? held[0]);
  const wasNumber = lost.some((one) => told.displayName === internationalFormat(one));
  const wasThere = typeof told.info?.phoneNumber === "string" && lost.includes(digitsOf(told.info.phoneNumber) ?? "");
  const info = wasThere
    ? { ...without(told.info, placesOfNumber.info), ...(digits === undefined ? {} : { phoneNumber: `+${digits}` }) }
    : told.info;
  return {
    displayName: wasNumber ? digits && internationalFormat(digits) : told.displayName,
    info: info && Object.keys(info).length === 0 ? undefined : info,
    raw,
  };
}

/** What a channel said of a person, with the ids that are held in the fields which hold ids. */
function rawOf(type: Client["type"], raw: Told["raw"], held: readonly string[]): Told["raw"] {
  const fields = fieldsOf[type];
  if (raw === undefined || !fields?.some(([field]) => raw[field] !== undefined)) return raw;
  if (!held.some((id) => kindOf(type, id))) return raw;
  const next: Record<string, unknown> = { ...raw };
  for (const [field, kind] of fields) {
    const ids = kind === "any" ? held : ofKind(type, held, kind);
    const standing = next[field];
    if (ids.some((id) => bare(id) === bare(String(standing)))) continue;
    if (ids[0] === undefined) delete next[field];
    else next[field] = type === "twilio" && kind === "number" ? bare(ids[0]) : ids[0];
  }
  return next;
}

/** An id without what Twilio writes before it in some fields and not in others. */
const bare = (id: string): string => id.replace(/^whatsapp:/, "").replace(/^\+/, "");

/** The digits of an id that is a number. */
const digitsOf = (id: string | undefined): string | undefined => id?.match(/^(?:[a-z]+:)?\+?(\d+)$/)?.[1];

function without(record: Told["raw"], names: readonly string[]): Told["raw"] {
  return record && Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
