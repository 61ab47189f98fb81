import * as v from "valibot";
import { boundedInfo, type DeviceDescription, pushToken } from "../domain/device.ts";
import { idPattern } from "../domain/id.ts";
import { sdkTypes } from "../domain/integration.ts";
import { mergeMetadata } from "../domain/metadata.ts";
import { textOf } from "../domain/providerValue.ts";
import { refuse } from "../domain/refusal.ts";
import { mergeProfile, type ProfileChange, type User } from "../domain/user.ts";
import type { HttpRequest } from "./request.ts";
import { isWritable, metadata, object, profile, text, timestamp, uri } from "./schemas.ts";

/** What Messaging SDKs send, of every generation. Absent keys may come as `null`. */

export const device = object({
  id: text(1, 128),
  platform: v.picklist(sdkTypes),
  integrationId: v.nullish(text(1, 64)),
  info: v.nullish(v.record(v.string(), v.unknown())),
  appVersion: v.nullish(v.string()),
  pushNotificationToken: v.nullish(v.string()),
});

/** The schema of an object in which `null` says the same as an absent key. */
export const nullAsAbsent = <S extends v.GenericSchema>(schema: S): S => ({
  ...schema,
  "~run": (dataset, config) => {
    const { value } = dataset;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return schema["~run"](dataset, config);
    const present = Object.fromEntries(Object.entries(value).filter(([, property]) => property !== null));
    return schema["~run"]({ ...dataset, value: present }, config);
  },
});

/** Properties of a person, under the names of the SDKs' wire: `properties` is the metadata. */
export const personEntries = {
  givenName: profile.entries.givenName,
  surname: profile.entries.surname,
  email: profile.entries.email,
  avatarUrl: profile.entries.avatarUrl,
  locale: profile.entries.locale,
  signedUpAt: v.nullish(
    v.union(
      [
        timestamp,
        v.pipe(
          v.number(),
          v.check((seconds) => seconds >= 0 && isWritable(new Date(seconds * 1000)), "should be seconds since 1970"),
          v.transform((seconds) => new Date(seconds * 1000).toISOString()),
        ),
      ],
      'should match format "date-time", or be seconds since 1970',
    ),
  ),
  properties: v.nullish(metadata),
};

/** What a conversation may carry when an SDK starts it. */
export const conversationEntries = {
  type: v.nullish(v.literal("personal")),
  displayName: v.nullish(text(1, 100)),
  description: v.nullish(text(1, 100)),
  iconUrl: v.nullish(uri),
  metadata: v.nullish(metadata),
  messages: v.nullish(
    v.pipe(
      v.array(object({ type: v.literal("text"), text: text(1, 4096) })),
      v.maxLength(10, "should NOT have more than 10 items"),
    ),
  ),
};

/** The profile change in an SDK's properties; what it does not mention stays. */
export function profileChange(body: { readonly [field in keyof ProfileChange]?: string | null }): ProfileChange {
  const named = {
    givenName: body.givenName,
    surname: body.surname,
    email: body.email,
    avatarUrl: body.avatarUrl,
    locale: body.locale,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

const person = object(personEntries);

/** A user with what its SDK says of the person: named fields change, `null` clears, properties merge. */
export const describePerson = (user: User, body: v.InferOutput<typeof person>): User => ({
  ...user,
  signedUpAt: body.signedUpAt ?? user.signedUpAt,
  profile: mergeProfile(user.profile, profileChange(body)),
  metadata: body.properties === null ? {} : mergeMetadata(user.metadata, body.properties ?? {}, "User"),
});

/** The device of a request, as the domain describes it. @throws Refusal when it names no integration */
export function describeDevice(
  client: v.InferOutput<typeof device>,
  request: HttpRequest,
  integrationId?: string | null,
): DeviceDescription {
  const named = client.integrationId ?? integrationId ?? request.headers["x-zendesk-integrationid"];
  if (named === undefined || !idPattern.test(named))
    throw refuse.badRequest("client should have required property 'integrationId'");
  return {
    guid: client.id,
    type: client.platform,
    integrationId: named,
    info: boundedInfo(client.info ?? undefined),
    appVersion: textOf(client.appVersion, 128),
    pushNotificationToken: pushToken(client.pushNotificationToken),
  };
}
