import type { ChannelPerson } from "../channel.ts";
import { type Client, idsOfClient } from "../client.ts";
import { internationalFormat } from "./phoneNumber.ts";

/**
 * The kinds of a person's id on a channel. A network may give a person's number to another person later; a user id and
 * a parent id, under which the companies of one group know the person, are given to one person only.
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

/** Fields in which a network describes a number's region; they belong to the number. */
const regionFields = {
  info: ["phoneNumber", "city", "state", "country"],
  raw: ["FromZip", "FromState", "FromCity", "FromCountry"],
} as const;

/** The prefix of each id of a WhatsApp user on Twilio; ids without it are numbers of SMS, which have no other ids. */
const twilioWhatsappPrefix = "whatsapp:";

/**
 * Tells the kind of a person's id; `undefined` on a channel that has but one kind. Source: Meta's documentation of
 * business-scoped user ids, which begin with a country's two letters and a point, a group's also with `ENT.`
 */
function kindOf(type: Client["type"], id: string): IdKind | undefined {
  if (type !== "whatsapp" && !(type === "twilio" && id.startsWith(twilioWhatsappPrefix))) return undefined;
  const bare = type === "twilio" ? id.slice(twilioWhatsappPrefix.length) : id;
  if (/^\+?\d+$/.test(bare)) return "number";
  return /^[A-Z]{2}\.ENT\./.test(bare) ? "parent" : "user";
}

const ofKind = (type: Client["type"], ids: readonly string[], kind: IdKind): readonly string[] =>
  ids.filter((id) => kindOf(type, id) === kind);

/** Picks the ids that a network may give to another person. */
export const numbersOf = (type: Client["type"], ids: readonly string[]): readonly string[] =>
  ofKind(type, ids, "number");

/** Tells whether the ids are of several kinds: numbers, and beside them ids that prove their owner. */
export function hasKinds(type: Client["type"], ids: readonly string[]): boolean {
  const found = new Set(ids.map((id) => kindOf(type, id)));
  return found.has("number") && (found.has("user") || found.has("parent"));
}

/**
 * Tells whether two lists of ids are of two people, whatever number is in both: each has a user id, or a parent id, and
 * they share none of either.
 */
export function areOfTwo(type: Client["type"], one: readonly string[], other: readonly string[]): boolean {
  const permanentIds = (["user", "parent"] as const).map((kind) => [
    ofKind(type, one, kind),
    ofKind(type, other, kind),
  ]);
  return (
    permanentIds.some(([ours = [], theirs = []]) => ours.length > 0 && theirs.length > 0) &&
    !permanentIds.some(([ours = [], theirs = []]) => ours.some((id) => theirs.includes(id)))
  );
}

/** The details of a person that hold ids or are derived from them. */
interface PersonDetails {
  readonly displayName?: string | undefined;
  readonly info?: Readonly<Record<string, unknown>> | undefined;
  readonly raw?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Changes a client to these ids: its own is the number, else the user id. Details derived from ids (the name that was a
 * number, the ids in `info` and `raw`) are changed with them.
 */
export function withIds(client: Client, ids: readonly string[]): Client {
  const { type } = client;
  const before = idsOfClient(client);
  const distinct = [...new Set(ids)];
  const externalId = kinds.flatMap((kind) => ofKind(type, distinct, kind))[0] ?? distinct[0];
  const aliases = distinct.filter((id) => id !== externalId);
  return {
    ...client,
    ...detailsForIds(type, client, before, externalId === undefined ? [] : [externalId, ...aliases]),
    externalId,
    aliases: aliases.length === 0 ? undefined : aliases,
  };
}

/**
 * Removes ids that now belong to another person from the person of an event, together with the details derived from
 * them.
 */
export function withoutIds(type: Client["type"], person: ChannelPerson, gone: readonly string[]): ChannelPerson {
  const before = [person.externalId, ...person.aliases];
  const [externalId = person.externalId, ...aliases] = before.filter((id) => !gone.includes(id));
  const details = detailsForIds(type, person, before, [externalId, ...aliases]) as Partial<ChannelPerson>;
  return { ...person, ...details, externalId, aliases };
}

/** Changes a person's details to those of other ids. */
function detailsForIds(
  type: Client["type"],
  details: PersonDetails,
  before: readonly string[],
  ids: readonly string[],
): PersonDetails {
  const lost = before
    .filter((id) => !ids.includes(id))
    .map(digitsOf)
    .filter((digits) => digits !== undefined);
  const raw = rawOf(type, lost.length > 0 ? without(details.raw, regionFields.raw) : details.raw, ids);
  if (lost.length === 0) return { ...details, raw };
  const digits = digitsOf(numbersOf(type, ids)[0] ?? ids[0]);
  const nameWasNumber = lost.some((one) => details.displayName === internationalFormat(one));
  const infoHadNumber =
    typeof details.info?.phoneNumber === "string" && lost.includes(digitsOf(details.info.phoneNumber) ?? "");
  const info = infoHadNumber
    ? { ...without(details.info, regionFields.info), ...(digits === undefined ? {} : { phoneNumber: `+${digits}` }) }
    : details.info;
  return {
    displayName: nameWasNumber ? digits && internationalFormat(digits) : details.displayName,
    info: info && Object.keys(info).length === 0 ? undefined : info,
    raw,
  };
}

/** Changes a channel's own description of a person, `raw`, to other ids. */
function rawOf(type: Client["type"], raw: PersonDetails["raw"], ids: readonly string[]): PersonDetails["raw"] {
  const fields = fieldsOf[type];
  if (raw === undefined || !fields?.some(([field]) => raw[field] !== undefined)) return raw;
  if (!ids.some((id) => kindOf(type, id))) return raw;
  const next: Record<string, unknown> = { ...raw };
  for (const [field, kind] of fields) {
    const fitting = kind === "any" ? ids : ofKind(type, ids, kind);
    const current = next[field];
    if (fitting.some((id) => bare(id) === bare(String(current)))) continue;
    if (fitting[0] === undefined) delete next[field];
    else next[field] = type === "twilio" && kind === "number" ? bare(fitting[0]) : fitting[0];
  }
  return next;
}

/** Removes the prefix of an id that Twilio writes in some fields and not in others. */
const bare = (id: string): string => id.replace(/^whatsapp:/, "").replace(/^\+/, "");

/** Reads the digits of an id that is a number. */
const digitsOf = (id: string | undefined): string | undefined => id?.match(/^(?:[a-z]+:)?\+?(\d+)$/)?.[1];

function without(record: PersonDetails["raw"], names: readonly string[]): PersonDetails["raw"] {
  return record && Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
