import type { ChannelPerson } from "./channel.ts";
import {
  isVisible,
  type JsonRecord,
  lineOf,
  localeOf,
  nameOf,
  recordOf,
  urlOf,
  withoutUndefined,
} from "./providerValue.ts";
import { storable } from "./storable.ts";

/** What a channel says of a person, as it came: nothing of it is trusted but the ids. */
interface ToldOfPerson {
  readonly externalId: string;
  readonly aliases?: readonly (string | undefined)[];
  readonly displayName?: unknown;
  readonly givenName?: unknown;
  readonly surname?: unknown;
  readonly email?: unknown;
  readonly locale?: unknown;
  readonly avatarUrl?: unknown;
  readonly info?: Readonly<Record<string, string | undefined>>;
  readonly raw?: JsonRecord;
}

/** The limits of a user's profile in the API; a display name has none there. */
const limits = { displayName: 1024, name: 128, email: 128, url: 2048, info: 256 } as const;

/** A person of what a channel tells: cut to the profile's limits, what is unusable left out, each alias once. */
export function channelPerson(told: ToldOfPerson): ChannelPerson {
  const aliases = new Set((told.aliases ?? []).filter((alias) => alias !== undefined));
  aliases.delete(told.externalId);
  const email = lineOf(told.email, Number.MAX_SAFE_INTEGER);
  const info = Object.fromEntries(
    Object.entries(told.info ?? {}).flatMap(([key, value]) => {
      const text = lineOf(value, limits.info);
      return text === undefined ? [] : [[key, text] as const];
    }),
  );
  const raw = recordOf(storable(withoutUndefined(told.raw ?? {})));
  return withoutUndefined({
    externalId: told.externalId,
    aliases: [...aliases],
    displayName: nameOf(told.displayName, limits.displayName),
    givenName: nameOf(told.givenName, limits.name),
    surname: nameOf(told.surname, limits.name),
    // A cut address would be another address.
    email: email !== undefined && email.length <= limits.email ? email : undefined,
    locale: localeOf(told.locale),
    avatarUrl: urlOf(told.avatarUrl, limits.url),
    info: Object.keys(info).length > 0 ? info : undefined,
    raw: Object.keys(raw).length > 0 ? raw : undefined,
  });
}

/**
 * A full name in its two parts, split at the first space as Sunshine Conversations splits a WhatsApp profile's name. Words
 * before it that show nothing are none.
 */
export function nameParts(name: unknown): { readonly givenName?: string; readonly surname?: string } {
  const line = firstLine(name);
  if (line === undefined) return {};
  const [given = "", ...rest] = line.split(/(?<=\s)/);
  if (rest.length === 0) return { givenName: line };
  const surname = rest.join("");
  if (!isVisible(given)) return nameParts(surname);
  return isVisible(surname) ? { givenName: given.trimEnd(), surname } : { givenName: given.trimEnd() };
}

/** The first of these that can be a name. */
export function firstLine(...candidates: readonly unknown[]): string | undefined {
  return candidates.map((candidate) => nameOf(candidate, limits.displayName)).find((line) => line !== undefined);
}
