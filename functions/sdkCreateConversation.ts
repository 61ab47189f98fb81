import * as v from "valibot";
import { listConversationsOf } from "../lib/conversations/listConversations.ts";
import { listLatestMessages } from "../lib/conversations/listMessages.ts";
import { conversationResponse, userResponse } from "../lib/http/answers/sdk.ts";
import { networkOf } from "../lib/http/networkOf.ts";
import { object } from "../lib/http/schemas/schemas.ts";
import {
  conversationEntries,
  describeDevice,
  describePerson,
  device,
  personEntries,
  profileChange,
} from "../lib/http/schemas/sdkSchemas.ts";
import { identify, type SdkCall, sdkIntegration, sdkOperation, untilSessionEnds } from "../lib/http/sdk.ts";
import { ApiError, apiError } from "../lib/model/apiError.ts";
import { type DeviceDescription, sessionHash } from "../lib/model/device.ts";
import { newSecret } from "../lib/model/id.ts";
import { mergeMetadata } from "../lib/model/metadata.ts";
import type { StoredUser } from "../lib/model/user.ts";
import { type SdkRuntime, sdkRuntime } from "../lib/runtime.ts";
import { createAnonymousUser } from "../lib/users/createAnonymousUser.ts";
import { resolveUser } from "../lib/users/resolveUsers.ts";
import { signIn } from "../lib/users/signIn.ts";
import {
  ensureFirstConversation,
  type FurtherConversation,
  type StartRequest,
  startConversation,
} from "../lib/users/startConversation.ts";

export const body = object({
  ...personEntries,
  ...conversationEntries,
  client: device,
  userId: v.nullish(v.string()),
  /** `conversation:start`, or `message:appUser` for the start by a first message. */
  intent: v.nullish(v.string()),
  conversation: v.nullish(object(conversationEntries)),
});

type Call = SdkCall<v.InferOutput<typeof body>>;

/** Seconds for which a repeated request is recognised by its idempotency key: a day … */
const keyedSeconds = 24 * 60 * 60;
/** … or, from an SDK that sends none, by its device, address and browser, while the first answer may be under way. */
const unkeyedSeconds = 30;

/**
 * Starts a conversation for an SDK's user (way 3). Without a user yet (`/appusers`) it creates the user, its client and
 * its default conversation; for a user it creates the first conversation, or a further one if app and integration allow
 * it.
 */
export const handler = sdkOperation("sdkCreateConversation", body, sdkRuntime, async (call, runtime) => {
  const device = describeDevice(call.body.client, call.request);
  const integration = await sdkIntegration(runtime, device.integrationId, call.app.id, call.request);
  if (call.params.appUserId !== undefined) {
    const { person } = await identify(call, runtime, device.guid);
    if (person.user.id !== call.params.appUserId) throw apiError.forbidden();
    const mayStartMore =
      call.app.settings.multiConvoEnabled && integration.fields.canUserCreateMoreConversations === true;
    return untilSessionEnds(call, runtime, () =>
      startFor(startRequest(call, person, device), furtherConversation(call, mayStartMore), runtime),
    );
  }
  if (call.credentials) return signInAndStart(call, call.credentials, device, runtime);
  if (call.body.userId) throw apiError.invalidAuth("A user with an externalId needs a JWT");
  return startAnonymously(call, device, runtime);
});

/** Picks the part of the body that describes the conversation: nested if a user is created with it, plain otherwise. */
const requestedBy = ({ body }: Call) => body.conversation ?? body;

const startRequest = (call: Call, storedUser: StoredUser, device: DeviceDescription) => ({
  app: call.app,
  storedUser,
  device,
  requested: requestedBy(call),
  key: call.request.headers["idempotency-key"],
  receivedAt: call.request.receivedAt,
});

/**
 * Decides the answer to a user that has a conversation already. An SDK for one conversation has no further one; and one
 * that only sends a first message may not have seen yet that the conversation was started elsewhere.
 */
function furtherConversation({ body, request }: Call, mayStartMore: boolean): FurtherConversation {
  const onlyOne = request.path.endsWith("/conversation");
  if (mayStartMore && !onlyOne) return "started";
  return onlyOne || body.intent === "message:appUser" ? "the first" : "refused";
}

/** Starts a conversation of an existing user. */
async function startFor(request: StartRequest, further: FurtherConversation, runtime: SdkRuntime) {
  const { user, conversation } = await startConversation(runtime, request, further);
  const page =
    conversation.messageCount === 0
      ? { messages: [], hasPrevious: false }
      : await listLatestMessages(runtime, conversation);
  return { status: 201, body: conversationResponse(user, conversation, page) };
}

/**
 * Finds the user of the credentials and makes sure that it has a conversation; a token creates the user that it names,
 * an ended session does not.
 */
async function signInAndStart(
  call: Call,
  credentials: NonNullable<Call["credentials"]>,
  device: DeviceDescription,
  runtime: SdkRuntime,
) {
  const { app, body, now } = call;
  let created = false;
  let person: StoredUser | undefined;
  if (credentials.kind === "session") ({ person } = await identify(call, runtime, device.guid));
  else {
    const { externalId, claims } = credentials;
    if (body.userId && body.userId !== externalId)
      throw apiError.invalidAuth("Invalid JWT. The external_id is not the user's");
    ({ created } = await signIn(runtime, app, { externalId, claims, device, receivedAt: now }));
    person = await resolveUser(runtime, app, { externalId });
  }
  if (!person) throw apiError.userNotFound();
  const description = { ...body, properties: body.properties ?? undefined };
  const user = await ensureFirstConversation(runtime, startRequest(call, person, device), (user) =>
    describePerson(user, description),
  );
  const answer = userResponse(user, await listConversationsOf(runtime, user));
  return { status: 201, body: answer, usersCreated: created ? 1 : 0 };
}

/** Creates an anonymous user, unless the same request came before. */
async function startAnonymously(call: Call, device: DeviceDescription, runtime: SdkRuntime) {
  const { app, body, now, request } = call;
  // The cost of a creation grows with the size of the request.
  const weight = 1 + Math.floor(request.rawBody.length / 4096);
  if (!runtime.anonymousRate.take(networkOf(request.sourceIp), now, weight))
    throw new ApiError("too_many_requests", "Too many new users from this address");
  const key = request.headers["idempotency-key"];
  const sender = key ? [key] : [request.sourceIp, request.headers["user-agent"] ?? ""];
  const sessionToken = newSecret();
  const { user, created } = await createAnonymousUser(runtime, app, {
    idempotency: {
      parts: [device.integrationId, device.guid, ...sender],
      seconds: key ? keyedSeconds : unkeyedSeconds,
    },
    device,
    session: sessionHash(sessionToken),
    fields: {
      profile: profileChange(body),
      metadata: mergeMetadata({}, body.properties ?? {}, "User"),
      signedUpAt: body.signedUpAt ?? undefined,
    },
    requested: requestedBy(call),
    receivedAt: now,
  });
  const listed = created
    ? { conversations: [created.conversation], hasMore: false }
    : await listConversationsOf(runtime, user);
  return { status: 201, body: userResponse(user, listed, sessionToken), usersCreated: created ? 1 : 0 };
}
