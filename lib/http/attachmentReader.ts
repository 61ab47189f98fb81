import { authenticateApiKey } from "../auth/apiKeys.ts";
import { readSdkCredentials } from "../auth/userTokens.ts";
import { ApiError } from "../model/apiError.ts";
import { scopeOfKeyId } from "../model/apiKey.ts";
import type { App } from "../model/app.ts";
import type { StoredUser } from "../model/user.ts";
import type { HttpRequest } from "./request.ts";
import { identify, type SdkServices } from "./sdk.ts";

type Services = Pick<SdkServices, "findKey" | "now" | "resolveUser">;

/**
 * Identifies the reader of a private file: an API key of the app or of one of its integrations, or a user by a session
 * or a token.
 * @throws ApiError `unauthorized` or `invalid_auth` if the request is of neither
 */
export async function identifyReader(
  request: HttpRequest,
  app: App,
  services: Services,
): Promise<{ readonly kind: "business" } | { readonly kind: "user"; readonly person: StoredUser }> {
  if (await isOfKey(request, app.id, services)) return { kind: "business" };
  const { authorization } = request.headers;
  const credentials = await readSdkCredentials(authorization, app.id, services.findKey, services.now());
  const { person } = await identify({ app, credentials, request }, services);
  return { kind: "user", person };
}

/** Tells whether a request has the credentials of a key of the app; the account's own is not known here. */
async function isOfKey({ headers }: HttpRequest, appId: string, services: Services): Promise<boolean> {
  const find = async (keyId: string) => (scopeOfKeyId(keyId) === "account" ? undefined : services.findKey(keyId));
  try {
    return (await authenticateApiKey(headers.authorization, find, services.now())).appId === appId;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}
