import * as v from "valibot";
import { listConversationsOf } from "../lib/conversations/listConversations.ts";
import { userResponse } from "../lib/http/answers/sdk.ts";
import { object } from "../lib/http/schemas/schemas.ts";
import { describeDevice, device } from "../lib/http/schemas/sdkSchemas.ts";
import { sdkIntegration, sdkOperation } from "../lib/http/sdk.ts";
import { apiError } from "../lib/model/apiError.ts";
import { sdkRuntime } from "../lib/runtime.ts";
import { signIn } from "../lib/users/signIn.ts";

export const body = object({
  userId: v.optional(v.unknown()),
  client: device,
  integrationId: v.nullish(v.string()),
  appUserId: v.nullish(v.string()),
  sessionToken: v.nullish(v.string()),
});

/**
 * Signs a user in with a token that the business signed (way 4). An unknown externalId creates a user: the mission's
 * choice, where the vendor's oldest SDKs expected an empty answer. An `appUserId` counts only with its session token.
 */
export const handler = sdkOperation("sdkLogin", body, sdkRuntime, async (call, runtime) => {
  const { app, body, credentials, request, now } = call;
  if (!credentials) throw apiError.unauthorized();
  if (credentials.kind !== "token") throw apiError.invalidAuth("A login needs a JWT");
  if (body.userId !== undefined && body.userId !== null && body.userId !== credentials.externalId)
    throw apiError.invalidAuth("Invalid JWT. The external_id is not the user's");
  const device = describeDevice(body.client, request, body.integrationId);
  await sdkIntegration(runtime, device.integrationId, app.id, request);
  const anonymous =
    body.appUserId && body.sessionToken ? { userId: body.appUserId, sessionToken: body.sessionToken } : undefined;
  const { externalId, claims } = credentials;
  const signedIn = await signIn(runtime, app, { externalId, claims, device, anonymous, receivedAt: now });
  return {
    status: 200,
    body: userResponse(
      signedIn.user,
      await listConversationsOf(runtime, signedIn.user, { alreadyRead: signedIn.conversation }),
    ),
    usersCreated: signedIn.created ? 1 : 0,
  };
});
