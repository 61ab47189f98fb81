import type * as v from "valibot";
import { readSdkCredentials, type SdkCredentials } from "../auth/userTokens.ts";
import type { ApiKey } from "../domain/apiKey.ts";
import type { App } from "../domain/app.ts";
import type { Device } from "../domain/client.ts";
import { deviceOfSession } from "../domain/device.ts";
import { type Integration, isSdkType } from "../domain/integration.ts";
import { Refusal, refuse } from "../domain/refusal.ts";
import type { VersionedUser } from "../domain/user.ts";
import type { OperationName } from "../routes.ts";
import { type Answer, type LambdaHandler, type PipelineServices, pipeline } from "./pipeline.ts";
import { type HttpRequest, readJson } from "./request.ts";
import { validate } from "./validate.ts";

/** What the SDK pipeline needs of the service. */
export interface SdkServices extends PipelineServices {
  readonly findApp: (appId: string) => Promise<App | undefined>;
  readonly findKey: (keyId: string) => Promise<ApiKey | undefined>;
  readonly findIntegration: (integrationId: string) => Promise<Integration | undefined>;
  readonly findPerson: (
    app: App,
    by: { readonly userId: string } | { readonly externalId: string },
  ) => Promise<VersionedUser | undefined>;
}

/** A call of a Messaging SDK that needs no user yet. */
export interface SdkCall<Body> {
  readonly request: HttpRequest;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly app: App;
  readonly body: Body;
  readonly now: Date;
  /** Verified where it is a token; a session is yet to be held against its user. */
  readonly credentials: SdkCredentials | undefined;
}

/** A call of a Messaging SDK in the name of a user. */
export interface PersonCall<Body> extends SdkCall<Body> {
  readonly person: VersionedUser;
  /** The device of the session, or the one the request names; none for an unknown device with a token. */
  readonly device: Device | undefined;
}

type BodyOf<S> = S extends v.GenericSchema ? v.InferOutput<S> : undefined;

/** An SDK operation that anybody may call: what creates or signs in a user. */
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

/** An SDK operation of a user, proven by a session or a token; of the very user whom the path names, where it names one. */
export function personOperation<S extends v.GenericSchema | undefined, R extends SdkServices>(
  operation: OperationName,
  bodySchema: S,
  runtime: R,
  run: (call: PersonCall<BodyOf<S>>, runtime: R) => Promise<Answer>,
): LambdaHandler {
  return pipeline(operation, "sdk", runtime, async (request) => {
    const call = await admit(runtime, request);
    const { person, device } = await identify(call, runtime);
    if (request.params.appUserId !== undefined && request.params.appUserId !== person.user.id) throw refuse.forbidden();
    return untilSessionEnds(call, runtime, () =>
      run({ ...call, person, device, body: readBody(bodySchema, request) }, runtime),
    );
  });
}

/**
 * Runs what a person asks for. Where it no longer finds the user or the conversation, and the session has ended meanwhile,
 * because the person signed in elsewhere and took both along, the client is told that, or it would go on under the session.
 *
 * @throws Refusal `invalid_auth` instead of `user_not_found` and `conversation_not_found` for an ended session
 */
export async function untilSessionEnds<T>(
  call: Pick<SdkCall<undefined>, "app" | "credentials" | "request">,
  services: Pick<SdkServices, "findPerson">,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const gone =
      error instanceof Refusal && (error.code === "conversation_not_found" || error.code === "user_not_found");
    if (gone && call.credentials?.kind === "session") await identify(call, services);
    throw error;
  }
}

async function admit(services: SdkServices, request: HttpRequest): Promise<Omit<SdkCall<undefined>, "body">> {
  const now = services.now();
  const app = await services.findApp(request.params.appId ?? "");
  if (!app) throw refuse.appNotFound();
  const credentials = await readSdkCredentials(request.headers.authorization, app.id, services.findKey, now);
  return { request, params: request.params, query: request.query, app, now, credentials };
}

/**
 * The user a request speaks for.
 *
 * @param guid the device that the body names, where it names one
 * @throws Refusal `unauthorized` without credentials, `invalid_auth` for an ended or foreign session or an unknown user
 */
export async function identify(
  { app, credentials, request }: Pick<SdkCall<undefined>, "app" | "credentials" | "request">,
  services: Pick<SdkServices, "findPerson">,
  guid?: string,
): Promise<{ person: VersionedUser; device: Device | undefined }> {
  if (!credentials) throw refuse.unauthorized();
  const named = guid ?? request.headers["x-smooch-clientid"];
  if (credentials.kind === "token") {
    const person = await services.findPerson(app, { externalId: credentials.externalId });
    if (!person) throw refuse.userNotFound();
    return { person, device: person.user.devices.find((device) => device.guid === named) };
  }
  const person = await services.findPerson(app, { userId: credentials.userId });
  const device = person && deviceOfSession(person.user, credentials.sessionToken);
  // A session is bound to its device, which every SDK names with every call: who presents it as another, or as none, has
  // stolen it.
  if (!person || !device || named !== device.guid) throw refuse.invalidAuth("Invalid session");
  return { person, device };
}

// The conditional type follows from the same schema that is tested here.
const readBody = <S extends v.GenericSchema | undefined>(schema: S, request: HttpRequest): BodyOf<S> =>
  (schema === undefined ? undefined : validate(schema, readJson(request))) as BodyOf<S>;

/**
 * The SDK integration a device names, if it may be used from where the request comes from.
 *
 * @throws Refusal `integration_not_found` for one that is none, or another app's; `forbidden` from an origin that is not
 *   on its `originWhitelist`
 */
export async function sdkIntegration(
  services: Pick<SdkServices, "findIntegration">,
  integrationId: string,
  appId: string | undefined,
  request: HttpRequest,
): Promise<Integration> {
  const integration = await services.findIntegration(integrationId);
  if (!integration || !isSdkType(integration.type) || (appId !== undefined && integration.appId !== appId))
    throw refuse.integrationNotFound();
  const allowed = integration.fields.originWhitelist;
  const origin = request.headers.origin;
  if (Array.isArray(allowed) && allowed.length > 0 && origin !== undefined && !allowed.includes(origin))
    throw refuse.forbidden("This origin is not allowed to use the integration");
  return integration;
}
