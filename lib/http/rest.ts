import type * as v from "valibot";
import { authenticateApiKey } from "../auth/apiKeys.ts";
import type { ApiKey } from "../domain/apiKey.ts";
import type { App } from "../domain/app.ts";
import type { Page, PageQuery } from "../domain/page.ts";
import { refuse } from "../domain/refusal.ts";
import { type OperationName, type Route, routes, type Scope } from "../routes.ts";
import { pageEnvelope, readListQuery, readPageQuery } from "./pages.ts";
import { type Answer, type LambdaHandler, type PipelineServices, pipeline } from "./pipeline.ts";
import { type HttpRequest, readJson } from "./request.ts";
import { validate } from "./validate.ts";

/** What the REST pipeline needs of the service: the API's keys and apps, and where callers reach it. */
export interface RestServices extends PipelineServices {
  /** An API key, and the app of the request where it names one; both may be a minute old. */
  readonly tenant: (
    keyId: string,
    appId: string | undefined,
  ) => Promise<{ key: ApiKey | undefined; app: App | undefined }>;
  readonly publicUrl: (request: HttpRequest) => string;
}

/** A call as a REST operation sees it: authenticated, its app found, its body checked. */
export interface Call<Body> {
  readonly request: HttpRequest;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
  readonly key: ApiKey;
  readonly now: Date;
  /** The page a list asks for. */
  readonly page: (form?: { readonly sized: boolean }) => PageQuery;
  /** A list's answer: the records under their name, with `meta` and `links`. */
  readonly listed: <T>(
    name: string,
    page: Page<T>,
    idOf: (record: T) => string,
    publish: (record: T) => object,
    backward?: boolean,
  ) => Answer;
}

/** A call to a route under `/v2/apps/{appId}`. */
export interface AppCall<Body> extends Call<Body> {
  readonly app: App;
}

type BodyOf<S> = S extends v.GenericSchema ? v.InferOutput<S> : undefined;

/** A REST operation that is about the account: its apps. */
export function accountOperation<S extends v.GenericSchema | undefined, R extends RestServices>(
  operation: OperationName,
  bodySchema: S,
  runtime: R,
  run: (call: Call<BodyOf<S>>, runtime: R) => Promise<Answer>,
): LambdaHandler {
  return pipeline(operation, "rest", runtime, async (request) => {
    const { call } = await admit(operation, bodySchema, runtime, request);
    return run(call(), runtime);
  });
}

/** A REST operation within an app. */
export function appOperation<S extends v.GenericSchema | undefined, R extends RestServices>(
  operation: OperationName,
  bodySchema: S,
  runtime: R,
  run: (call: AppCall<BodyOf<S>>, runtime: R) => Promise<Answer>,
): LambdaHandler {
  return pipeline(operation, "rest", runtime, async (request) => {
    const { call, app } = await admit(operation, bodySchema, runtime, request);
    if (!app) throw refuse.appNotFound();
    return run({ ...call(), app }, runtime);
  });
}

/** Authenticates, authorises, then finds the app and only then looks at the body: a stranger learns nothing of either. */
async function admit<S extends v.GenericSchema | undefined>(
  operation: OperationName,
  bodySchema: S,
  services: RestServices,
  received: HttpRequest,
) {
  const appId = received.params.appId;
  const now = services.now();
  let app: App | undefined;
  const key = await authenticateApiKey(
    received.headers.authorization,
    async (keyId) => {
      const tenant = await services.tenant(keyId, appId);
      app = tenant.app;
      return tenant.key;
    },
    now,
  );
  const scopes: readonly Scope[] = (routes[operation] satisfies Route).scopes;
  if (!scopes.includes(key.scope) || (key.scope !== "account" && key.appId !== appId)) throw refuse.forbidden();
  // A path of an externalId with slashes that ends as a list's does is read as that of its user.
  const isList = operation.startsWith("list") || operation === "getUser";
  const request = isList ? { ...received, query: readListQuery(operation, received.query) } : received;
  const call = (): Call<BodyOf<S>> => ({
    request,
    params: request.params,
    query: request.query,
    // The conditional type follows from the same `bodySchema` that is tested here.
    body: (bodySchema === undefined ? undefined : validate(bodySchema, readJson(request))) as BodyOf<S>,
    key,
    now,
    page: (form) => readPageQuery(request.query, form),
    listed: (name, page, idOf, publish, backward = request.query.has("page[before]")) => ({
      status: 200,
      body: {
        [name]: page.records.map(publish),
        ...pageEnvelope(page, idOf, request, services.publicUrl(request), backward),
      },
    }),
  });
  return { call, app };
}
