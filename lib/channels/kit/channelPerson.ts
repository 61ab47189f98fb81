import type { ChannelPerson } from "../../model/channel.ts";
import { nameLimit } from "../../model/values/personName.ts";
import {
  type JsonRecord,
  lineOf,
  localeOf,
  nameOf,
  recordOf,
  urlOf,
  withoutUndefined,
} from "../../model/values/providerValue.ts";
import { storable } from "./storable.ts";

/** A channel's unverified description of a person: only the ids are trusted. */
interface PersonDescription {
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
const limits = { name: 128, email: 128, url: 2048, info: 256 } as const;

/**
 * Makes a person from a channel's description: cut to the profile's limits, without unusable values, each alias once.
 */
export function channelPerson(description: PersonDescription): ChannelPerson {
  const aliases = new Set((description.aliases ?? []).filter((alias) => alias !== undefined));
  aliases.delete(description.externalId);
  const email = lineOf(description.email, Number.MAX_SAFE_INTEGER);
  const info = Object.fromEntries(
    Object.entries(description.info ?? {}).flatMap(([key, value]) => {
      const text = lineOf(value, limits.info);
      return text === undefined ? [] : [[key, text] as const];
    }),
  );
  const raw = recordOf(storable(withoutUndefined(description.raw ?? {})));
  return withoutUndefined({
    externalId: description.externalId,
    aliases: [...aliases],
    displayName: nameOf(description.displayName, nameLimit),
    givenName: nameOf(description.givenName, limits.name),
    surname: nameOf(description.surname, limits.name),
    // A cut address would be another address.
    email: email !== undefined && email.length <= limits.email ? email : undefined,
    locale: localeOf(description.locale),
    avatarUrl: urlOf(description.avatarUrl, limits.url),
    info: Object.keys(info).length > 0 ? info : undefined,
    raw: Object.keys(raw).length > 0 ? raw : undefined,
  });
}
