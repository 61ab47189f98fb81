import * as v from "valibot";
import { refuse } from "../lib/domain/refusal.ts";
import { object } from "../lib/http/schemas.ts";
import { sdkIntegration, sdkOperation } from "../lib/http/sdk.ts";
import { describeDevice, device } from "../lib/http/sdkSchemas.ts";
import { userResponse } from "../lib/http/sdkWire.ts";
import { runtime } from "../lib/sdkRuntime.ts";

export const body = object({
  userId: v.optional(v.unknown()),
  client: device,
  integrationId: v.nullish(v.string()),
  appUserId: v.nullish(v.string()),
  sessionToken: v.nullish(v.string()),
});

/**
 * Way 4: a person signs in with a token that the business signed. An unknown externalId makes a user: the mission's
 * choice, where the vendor's oldest SDKs expected an empty answer. An `appUserId` counts only with its session token.
 */
export const handler = sdkOperation("sdkLogin", body, runtime, async (call, { signIns, conversations, newId }) => {
  const { app, body, credentials, request, now } = call;
  if (!credentials) throw refuse.unauthorized();
  if (credentials.kind !== "token") throw refuse.invalidAuth("A login needs a JWT");
  if (body.userId !== undefined && body.userId !== null && body.userId !== credentials.externalId)
    throw refuse.invalidAuth("Invalid JWT. The external_id is not the user's");
  const device = describeDevice(body.client, request, body.integrationId);
  await sdkIntegration(runtime, device.integrationId, app.id, request);
  const anonymous =
    body.appUserId && body.sessionToken ? { userId: body.appUserId, sessionToken: body.sessionToken } : undefined;
  const { externalId, claims } = credentials;
  const signedIn = await signIns.signIn(app, { externalId, claims, device, anonymous }, now, newId);
  return {
    status: 200,
    body: userResponse(signedIn.user, await conversations.listOf(signedIn.user, 0, signedIn.conversation)),
    usersCreated: signedIn.created ? 1 : 0,
  };
});
