import * as v from "valibot";
import { apiError } from "../../model/apiError.ts";
import { boundedInfo, type DeviceDescription, pushToken } from "../../model/device.ts";
import { idPattern } from "../../model/id.ts";
import { sdkTypes } from "../../model/integration.ts";
import { mergeMetadata } from "../../model/metadata.ts";
import { mergeProfile, type ProfileChange, type User } from "../../model/user.ts";
import { textOf } from "../../model/values/providerValue.ts";
import type { HttpRequest } from "../request.ts";
import { isWritable, metadata, object, profile, text, timestamp, uri } from "./schemas.ts";

/** Schemas of the Messaging SDKs of every generation. Absent keys may come as `null`. */

export const device = object({
  id: text(1, 128),
  platform: v.picklist(sdkTypes),
  integrationId: v.nullish(text(1, 64)),
  info: v.nullish(v.record(v.string(), v.unknown())),
  appVersion: v.nullish(v.string()),
  pushNotificationToken: v.nullish(v.string()),
});

/** Makes a schema of an object in which `null` counts as an absent key. */
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

/** The fields of a conversation that an SDK starts. */
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

/** Reads the profile change from an SDK's properties; absent ones stay. */
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

/** Applies an SDK's description of a person to a user: named fields change, `null` clears, properties merge. */
export const describePerson = (user: User, body: v.InferOutput<typeof person>): User => ({
  ...user,
  signedUpAt: body.signedUpAt ?? user.signedUpAt,
  profile: mergeProfile(user.profile, profileChange(body)),
  metadata: body.properties === null ? {} : mergeMetadata(user.metadata, body.properties ?? {}, "User"),
});

/** Describes the device of a request. @throws ApiError if it names no integration */
export function describeDevice(
  client: v.InferOutput<typeof device>,
  request: HttpRequest,
  integrationId?: string | null,
): DeviceDescription {
  const named = client.integrationId ?? integrationId ?? request.headers["x-zendesk-integrationid"];
  if (named === undefined || !idPattern.test(named))
    throw apiError.badRequest("client should have required property 'integrationId'");
  return {
    guid: client.id,
    type: client.platform,
    integrationId: named,
    info: boundedInfo(client.info ?? undefined),
    appVersion: textOf(client.appVersion, 128),
    pushNotificationToken: pushToken(client.pushNotificationToken),
  };
}
