import type * as v from "valibot";
import type { OperationName } from "../api/routes.ts";
import { readSdkCredentials, type SdkCredentials } from "../auth/userTokens.ts";
import { ApiError, apiError } from "../model/apiError.ts";
import type { ApiKey } from "../model/apiKey.ts";
import type { App } from "../model/app.ts";
import type { Device } from "../model/client.ts";
import { deviceOfSession } from "../model/device.ts";
import { type Integration, isSdkType } from "../model/integration.ts";
import type { StoredUser } from "../model/user.ts";
import { type Answer, type LambdaHandler, type PipelineServices, pipeline } from "./pipeline.ts";
import { type HttpRequest, readJson } from "./request.ts";
import { validate } from "./schemas/validate.ts";

/** The part of the runtime that the SDK pipeline needs. */
export interface SdkServices extends PipelineServices {
  readonly findApp: (appId: string) => Promise<App | undefined>;
  readonly findKey: (keyId: string) => Promise<ApiKey | undefined>;
  readonly findIntegration: (integrationId: string) => Promise<Integration | undefined>;
  readonly resolveUser: (
    app: App,
    by: { readonly userId: string } | { readonly externalId: string },
  ) => Promise<StoredUser | undefined>;
}

/** A call of a Messaging SDK that needs no user yet. */
export interface SdkCall<Body> {
  readonly request: HttpRequest;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly app: App;
  readonly body: Body;
  readonly now: Date;
  /** Verified if it is a token; a session is still to be compared with its user's. */
  readonly credentials: SdkCredentials | undefined;
}

/** A call of a Messaging SDK in the name of a user. */
export interface PersonCall<Body> extends SdkCall<Body> {
  readonly person: StoredUser;
  /** The device of the session, or the one that the request names; absent for an unknown device with a token. */
  readonly device: Device | undefined;
}

type BodyOf<S> = S extends v.GenericSchema ? v.InferOutput<S> : undefined;

/** Makes an SDK operation without authentication: one that creates or signs in a user. */
export function sdkOperation<S extends v.GenericSchema | undefined, R extends SdkServices>(
  operation: OperationName,
  bodySchema: S,
  runtime: R,
  run: (call: SdkCall<BodyOf<S>>, runtime: R) => Promise<Answer>,
): LambdaHandler {
  return pipeline(operation, "sdk", runtime, async (request) => {
    const call = await admit(runtime, request);
    return run({ ...call, body: readBody(bodySchema, request) }, runtime);
  });
}

/** Makes an SDK operation of a user, proven by a session or a token; if the path names a user, it must be the same. */
export function personOperation<S extends v.GenericSchema | undefined, R extends SdkServices>(
  operation: OperationName,
  bodySchema: S,
  runtime: R,
  run: (call: PersonCall<BodyOf<S>>, runtime: R) => Promise<Answer>,
): LambdaHandler {
  return pipeline(operation, "sdk", runtime, async (request) => {
    const call = await admit(runtime, request);
    const { person, device } = await identify(call, runtime);
    if (request.params.appUserId !== undefined && request.params.appUserId !== person.user.id)
      throw apiError.forbidden();
    return untilSessionEnds(call, runtime, () =>
      run({ ...call, person, device, body: readBody(bodySchema, request) }, runtime),
    );
  });
}

/**
 * Runs the request of a user. If the user or the conversation is not found, and the session ended meanwhile, because
 * the user signed in elsewhere and took both along, the client gets that error; otherwise it would continue under the
 * session.
 * @throws ApiError `invalid_auth` instead of `user_not_found` and `conversation_not_found` for an ended session
 */
export async function untilSessionEnds<T>(
  call: Pick<SdkCall<undefined>, "app" | "credentials" | "request">,
  services: Pick<SdkServices, "resolveUser">,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const isMissing =
      error instanceof ApiError && (error.code === "conversation_not_found" || error.code === "user_not_found");
    if (isMissing && call.credentials?.kind === "session") await identify(call, services);
    throw error;
  }
}

async function admit(services: SdkServices, request: HttpRequest): Promise<Omit<SdkCall<undefined>, "body">> {
  const now = services.now();
  const app = await services.findApp(request.params.appId ?? "");
  if (!app) throw apiError.appNotFound();
  const credentials = await readSdkCredentials(request.headers.authorization, app.id, services.findKey, now);
  return { request, params: request.params, query: request.query, app, now, credentials };
}

/**
 * Finds the user of a request's credentials.
 * @param guid the device, if the body names one
 * @throws ApiError `unauthorized` without credentials, `invalid_auth` for an ended or foreign session or an unknown
 * user
 */
export async function identify(
  { app, credentials, request }: Pick<SdkCall<undefined>, "app" | "credentials" | "request">,
  services: Pick<SdkServices, "resolveUser">,
  guid?: string,
): Promise<{ person: StoredUser; device: Device | undefined }> {
  if (!credentials) throw apiError.unauthorized();
  const named = guid ?? request.headers["x-smooch-clientid"];
  if (credentials.kind === "token") {
    const person = await services.resolveUser(app, { externalId: credentials.externalId });
    if (!person) throw apiError.userNotFound();
    return { person, device: person.user.devices.find((device) => device.guid === named) };
  }
  const person = await services.resolveUser(app, { userId: credentials.userId });
  const device = person && deviceOfSession(person.user, credentials.sessionToken);
  // A session is bound to its device, which every SDK names with every call: presented for another device, or for none,
  // it is stolen.
  if (!person || !device || named !== device.guid) throw apiError.invalidAuth("Invalid session");
  return { person, device };
}

// The conditional type follows from the same schema that is tested here.
const readBody = <S extends v.GenericSchema | undefined>(schema: S, request: HttpRequest): BodyOf<S> =>
  (schema === undefined ? undefined : validate(schema, readJson(request))) as BodyOf<S>;

/**
 * Finds the SDK integration of a device, if the request's origin may use it.
 * @throws ApiError `integration_not_found` for one that is none, or another app's; `forbidden` from an origin that is
 * not on its `originWhitelist`
 */
export async function sdkIntegration(
  services: Pick<SdkServices, "findIntegration">,
  integrationId: string,
  appId: string | undefined,
  request: HttpRequest,
): Promise<Integration> {
  const integration = await services.findIntegration(integrationId);
  if (!integration || !isSdkType(integration.type) || (appId !== undefined && integration.appId !== appId))
    throw apiError.integrationNotFound();
  const allowed = integration.fields.originWhitelist;
  const origin = request.headers.origin;
  if (Array.isArray(allowed) && allowed.length > 0 && origin !== undefined && !allowed.includes(origin))
    throw apiError.forbidden("This origin is not allowed to use the integration");
  return integration;
}
