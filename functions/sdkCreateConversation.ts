import * as v from "valibot";
import { type DeviceDescription, sessionHash } from "../lib/domain/device.ts";
import { newSecret } from "../lib/domain/id.ts";
import { mergeMetadata } from "../lib/domain/metadata.ts";
import { networkOf } from "../lib/domain/networkOf.ts";
import { Refusal, refuse } from "../lib/domain/refusal.ts";
import type { FurtherOne } from "../lib/domain/startConversation.ts";
import type { VersionedUser } from "../lib/domain/user.ts";
import { object } from "../lib/http/schemas.ts";
import { identify, type SdkCall, sdkIntegration, sdkOperation, untilSessionEnds } from "../lib/http/sdk.ts";
import {
  conversationEntries,
  describeDevice,
  describePerson,
  device,
  personEntries,
  profileChange,
} from "../lib/http/sdkSchemas.ts";
import { conversationResponse, userResponse } from "../lib/http/sdkWire.ts";
import { runtime, type SdkRuntime } from "../lib/sdkRuntime.ts";

export const body = object({
  ...personEntries,
  ...conversationEntries,
  client: device,
  userId: v.nullish(v.string()),
  /** `conversation:start`, or `message:appUser` where a first message asks for it. */
  intent: v.nullish(v.string()),
  conversation: v.nullish(object(conversationEntries)),
});

type Call = SdkCall<v.InferOutput<typeof body>>;

/** A request that may come twice is known by its idempotency key for a day … */
const keyedSeconds = 24 * 60 * 60;
/** … or, from an SDK that sends none, by its device, address and browser for as long as an answer may be under way. */
const unkeyedSeconds = 30;

/**
 * Way 3: a person starts a conversation. Without a user yet (`/appusers`) it makes the user, its client and its default
 * conversation; for a user it makes the first conversation, or a further one where app and integration allow it.
 */
export const handler = sdkOperation("sdkCreateConversation", body, runtime, async (call, runtime) => {
  const device = describeDevice(call.body.client, call.request);
  const integration = await sdkIntegration(runtime, device.integrationId, call.app.id, call.request);
  if (call.params.appUserId !== undefined) {
    const { person } = await identify(call, runtime, device.guid);
    if (person.user.id !== call.params.appUserId) throw refuse.forbidden();
    const mayStartMore =
      call.app.settings.multiConvoEnabled && integration.fields.canUserCreateMoreConversations === true;
    return untilSessionEnds(call, runtime, () =>
      startFor(call, person, device, furtherOne(call, mayStartMore), runtime),
    );
  }
  if (call.credentials) return arrive(call, call.credentials, device, runtime);
  if (call.body.userId) throw refuse.invalidAuth("A user with an externalId needs a JWT");
  return bear(call, device, runtime);
});

/** The part of the body that is about the conversation: nested when a user is born with it, plain otherwise. */
const askedFor = ({ body }: Call) => body.conversation ?? body;

const requestOf = (call: Call, person: VersionedUser, device: DeviceDescription) => ({
  app: call.app,
  person,
  device,
  asked: askedFor(call),
  key: call.request.headers["idempotency-key"],
  receivedAt: call.request.receivedAt,
});

/**
 * What is due to somebody who has a conversation already. An SDK of one conversation alone knows no further one; and one
 * that only has a first message to send may know nothing yet of the conversation that began elsewhere.
 */
function furtherOne({ body, request }: Call, mayStartMore: boolean): FurtherOne {
  const onlyOne = request.path.endsWith("/conversation");
  if (mayStartMore && !onlyOne) return "started";
  return onlyOne || body.intent === "message:appUser" ? "the first" : "refused";
}

/** A conversation of somebody known. */
async function startFor(
  call: Call,
  person: VersionedUser,
  device: DeviceDescription,
  further: FurtherOne,
  runtime: SdkRuntime,
) {
  const request = requestOf(call, person, device);
  const { user, conversation } = await runtime.conversationStarts.start(request, further, runtime);
  const page =
    conversation.messageCount === 0
      ? { messages: [], hasPrevious: false }
      : await runtime.messages.latest(conversation);
  return { status: 201, body: conversationResponse(user, conversation, page) };
}

/**
 * Somebody who comes with credentials, and has a conversation from now on; a token makes the user it names. Nobody's
 * ended session is a reason to make somebody new.
 */
async function arrive(
  call: Call,
  credentials: NonNullable<Call["credentials"]>,
  device: DeviceDescription,
  runtime: SdkRuntime,
) {
  const { app, body, now } = call;
  let created = false;
  let person: VersionedUser | undefined;
  if (credentials.kind === "session") ({ person } = await identify(call, runtime, device.guid));
  else {
    const { externalId, claims } = credentials;
    if (body.userId && body.userId !== externalId)
      throw refuse.invalidAuth("Invalid JWT. The external_id is not the user's");
    ({ created } = await runtime.signIns.signIn(app, { externalId, claims, device }, now, runtime.newId));
    person = await runtime.findPerson(app, { externalId });
  }
  if (!person) throw refuse.userNotFound();
  const description = { ...body, properties: body.properties ?? undefined };
  const user = await runtime.conversationStarts.withFirst(
    requestOf(call, person, device),
    (user) => describePerson(user, description),
    runtime,
  );
  const answer = userResponse(user, await runtime.conversations.listOf(user));
  return { status: 201, body: answer, usersCreated: created ? 1 : 0 };
}

/** Somebody new, unless the same request came before. */
async function bear(call: Call, device: DeviceDescription, runtime: SdkRuntime) {
  const { app, body, now, request } = call;
  // What a birth costs us grows with what it brings.
  const weight = 1 + Math.floor(request.rawBody.length / 4096);
  if (!runtime.anonymousRate.take(networkOf(request.sourceIp), now, weight))
    throw new Refusal("too_many_requests", "Too many new users from this address");
  const key = request.headers["idempotency-key"];
  const sender = key ? [key] : [request.sourceIp, request.headers["user-agent"] ?? ""];
  const mark = {
    parts: [device.integrationId, device.guid, ...sender],
    seconds: key ? keyedSeconds : unkeyedSeconds,
  };
  const sessionToken = newSecret();
  const fields = {
    profile: profileChange(body),
    metadata: mergeMetadata({}, body.properties ?? {}, "User"),
    signedUpAt: body.signedUpAt ?? undefined,
  };
  const newcomer = { device, session: sessionHash(sessionToken), fields, asked: askedFor(call) };
  const { user, born } = await runtime.births.bear(app, mark, newcomer, now, runtime);
  const listed = born
    ? { conversations: [born.conversation], hasMore: false }
    : await runtime.conversations.listOf(user);
  return { status: 201, body: userResponse(user, listed, sessionToken), usersCreated: born ? 1 : 0 };
}
