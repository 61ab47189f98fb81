import { createRequire } from "node:module";
import type { Credentials } from "./caller.ts";

/** Calls an operation of the official client, e.g. `UsersApi.createUser`; the answer's type is the test's claim. */
export type OfficialClient = <Answer = unknown>(
  operation: `${string}Api.${string}`,
  ...parameters: readonly unknown[]
) => Promise<Answer>;

/** The result of an operation's `…WithHttpInfo`: the answer in the client's models, and as it was received. */
export interface OfficialAnswer {
  readonly data: unknown;
  readonly response: { readonly status: number; readonly body: Readonly<Record<string, unknown>> };
}

/** The rejection of an operation if the answer is an error; it is no `Error`. */
export interface OfficialError {
  readonly status: number;
  readonly body: unknown;
}

type OfficialApi = Readonly<Record<string, (...parameters: readonly unknown[]) => Promise<unknown>>>;

/** The settings that all classes of the client share. */
interface OfficialSettings {
  basePath: string;
  readonly authentications: {
    readonly basicAuth: { username: string; password: string };
    readonly bearerAuth: { accessToken: string };
  };
}

/** The part of `sunshine-conversations-client` that tests use: the package has no types. */
type OfficialModule = Readonly<Record<string, new (settings: OfficialSettings) => OfficialApi>> & {
  readonly ApiClient: new () => OfficialSettings;
};

// The package is CommonJS without declarations; its exports are stated above.
const require = createRequire(import.meta.url);
const official = require("sunshine-conversations-client") as OfficialModule;

/** Every operation of the client by its class, as the package itself has them. */
export const officialOperations: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(official)
    .filter(([name]) => name.endsWith("Api"))
    .map(([name, { prototype }]) => [
      name,
      Object.getOwnPropertyNames(prototype).filter((own) => own !== "constructor" && !own.endsWith("WithHttpInfo")),
    ]),
);

/** Makes the official client of one server, with an API key or with a token. */
export function officialClient(url: string, credentials: Credentials | { readonly token: string }): OfficialClient {
  const settings = new official.ApiClient();
  settings.basePath = url;
  if ("token" in credentials) settings.authentications.bearerAuth.accessToken = credentials.token;
  else Object.assign(settings.authentications.basicAuth, { username: credentials.id, password: credentials.secret });
  return async <Answer>(operation: string, ...parameters: readonly unknown[]) => {
    const [name = "", method = ""] = operation.split(".");
    const Api = official[name];
    const call = Api && new Api(settings);
    if (!call?.[method]) throw new Error(`The official client has no ${operation}.`);
    // The test claims the type that it expects.
    return (await call[method](...parameters)) as Answer;
  };
}
