import type * as v from "valibot";
import { type OperationName, type Route, routes, type Scope } from "../api/routes.ts";
import { authenticateApiKey } from "../auth/apiKeys.ts";
import { apiError } from "../model/apiError.ts";
import type { ApiKey } from "../model/apiKey.ts";
import type { App } from "../model/app.ts";
import type { Page, PageQuery } from "../model/page.ts";
import { pageEnvelope, readListQuery, readPageQuery } from "./pages.ts";
import { type Answer, type LambdaHandler, type PipelineServices, pipeline } from "./pipeline.ts";
import { type HttpRequest, readJson } from "./request.ts";
import { validate } from "./schemas/validate.ts";

/** The part of the runtime that the REST pipeline needs: the API's keys and apps, and the base URL for callers. */
export interface RestServices extends PipelineServices {
  /** Finds an API key, and the app if the request names one; both may be a minute old. */
  readonly findKeyAndApp: (
    keyId: string,
    appId: string | undefined,
  ) => Promise<{ key: ApiKey | undefined; app: App | undefined }>;
  readonly publicUrl: (request: HttpRequest) => string;
}

/** An authenticated call of a REST operation with its validated body. */
export interface Call<Body> {
  readonly request: HttpRequest;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
  readonly key: ApiKey;
  readonly now: Date;
  /** Reads the requested page of a list. */
  readonly page: (form?: { readonly sized: boolean }) => PageQuery;
  /** Answers a list: the records under their name, with `meta` and `links`. */
  readonly listed: <T extends { readonly id: string }>(
    name: string,
    page: Page<T>,
    publish: (record: T) => object,
    backward?: boolean,
  ) => Answer;
}

/** A call to a route under `/v2/apps/{appId}`. */
export interface AppCall<Body> extends Call<Body> {
  readonly app: App;
}

type BodyOf<S> = S extends v.GenericSchema ? v.InferOutput<S> : undefined;

/** Makes a REST operation on the account: its apps. */
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

/** Makes a REST operation within an app. */
export function appOperation<S extends v.GenericSchema | undefined, R extends RestServices>(
  operation: OperationName,
  bodySchema: S,
  runtime: R,
  run: (call: AppCall<BodyOf<S>>, runtime: R) => Promise<Answer>,
): LambdaHandler {
  return pipeline(operation, "rest", runtime, async (request) => {
    const { call, app } = await admit(operation, bodySchema, runtime, request);
    if (!app) throw apiError.appNotFound();
    return run({ ...call(), app }, runtime);
  });
}

/**
 * Authenticates, authorises, then finds the app and only then reads the body, so that a stranger learns nothing of
 * either.
 */
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
      const found = await services.findKeyAndApp(keyId, appId);
      app = found.app;
      return found.key;
    },
    now,
  );
  const scopes: readonly Scope[] = (routes[operation] satisfies Route).scopes;
  if (!scopes.includes(key.scope) || (key.scope !== "account" && key.appId !== appId)) throw apiError.forbidden();
  // A path of an externalId with slashes that ends like a list's is served by `getUser`.
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
    listed: (name, page, publish, backward = request.query.has("page[before]")) => ({
      status: 200,
      body: {
        [name]: page.records.map(publish),
        ...pageEnvelope(page, request, services.publicUrl(request), backward),
      },
    }),
  });
  return { call, app };
}
