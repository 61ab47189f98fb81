import { readdirSync, readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, test } from "vitest";
import { type Route, routes } from "../lib/api/routes.ts";
import { answers } from "../lib/openapi/answers.ts";
import { describeApi, operationIdOf } from "../lib/openapi/describeApi.ts";

const root = new URL("..", import.meta.url);
interface Described {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: { readonly content: { readonly "application/json"?: { readonly example?: object } } };
}
const committed: { paths: Record<string, Record<string, Described>> } = JSON.parse(
  readFileSync(new URL("docs/openapi.json", root), "utf8"),
);
const described = Object.entries(committed.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { operationId }]) => ({
    routeKey: `${method.toUpperCase()} ${path}`,
    operationId,
  })),
);

/** The vendor's names of the operations that we claim to serve. Source: its OpenAPI description, v17.12.1. */
const vendorNames = [
  "CreateApp",
  "ListApps",
  "GetApp",
  "UpdateApp",
  "DeleteApp",
  "CreateAppKey",
  "ListAppKeys",
  "GetAppKey",
  "DeleteAppKey",
  "CreateIntegration",
  "ListIntegrations",
  "GetIntegration",
  "UpdateIntegration",
  "DeleteIntegration",
  "CreateCustomIntegrationKey",
  "ListCustomIntegrationKeys",
  "GetCustomIntegrationKey",
  "DeleteCustomIntegrationKey",
  "CreateWebhook",
  "ListWebhooks",
  "GetWebhook",
  "UpdateWebhook",
  "DeleteWebhook",
  "CreateUser",
  "ListUsers",
  "GetUser",
  "UpdateUser",
  "DeleteUser",
  "DeleteUserPersonalInformation",
  "CreateClient",
  "ListClients",
  "RemoveClient",
  "ListDevices",
  "GetDevice",
  "UploadAttachment",
  "DeleteAttachment",
  "CreateConversation",
  "ListConversations",
  "GetConversation",
  "UpdateConversation",
  "DeleteConversation",
  "JoinConversation",
  "ListParticipants",
  "LeaveConversation",
  "PostMessage",
  "ListMessages",
  "DeleteAllMessages",
  "DeleteMessage",
  "PostActivity",
];

describe("the OpenAPI description", () => {
  test("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    expect(await validator.validate(JSON.parse(JSON.stringify(committed)))).toMatchObject({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  test("is the one that the schemas make: `npm run openapi` was not forgotten", async () => {
    Object.assign(process.env, {
      TABLE_NAME: "none",
      DYNAMODB_ENDPOINT: "http://localhost:1",
      ACCOUNT_KEY_ID: "none",
      ACCOUNT_KEY_SECRET: "none",
    });
    const names = readdirSync(new URL("functions", root)).filter((file) => file.endsWith(".ts"));
    const bodies = Object.fromEntries(
      await Promise.all(
        names.map(async (file) => [file.slice(0, -3), (await import(new URL(`functions/${file}`, root).href)).body]),
      ),
    );
    const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
    expect(JSON.parse(JSON.stringify(describeApi(bodies, version)))).toEqual(committed);
  });

  test("has every route, and nothing that is no route", () => {
    const served = Object.entries(routes).flatMap(([operation, route]) =>
      operation === "unknownRoute" ? [] : route.routeKeys.filter((routeKey) => !routeKey.includes("+}")),
    );
    expect(described.map((one) => one.routeKey).sort()).toEqual([...served].sort());
  });

  test("has an example of each body of the REST API", () => {
    const bare = Object.entries(committed.paths).flatMap(([path, methods]) =>
      Object.values(methods)
        .filter(
          ({ requestBody }) =>
            requestBody &&
            requestBody.content["application/json"]?.example === undefined &&
            "application/json" in requestBody.content,
        )
        .map(({ operationId }) => `${path} ${operationId}`),
    );
    expect(bare.filter((one) => one.startsWith("/v2/"))).toEqual([]);
  });

  test("has the header that names a session's device for each call that may have a session, and for no other", () => {
    const named = Object.values(committed.paths).flatMap((methods) =>
      Object.values(methods)
        .filter(({ parameters = [] }) => parameters.some(({ name }) => name === "x-smooch-clientid"))
        .map(({ operationId }) => operationId.split("_")[0]),
    );
    const ofUsers = Object.entries<Route>(routes).filter(([, { scopes }]) => scopes.includes("user"));
    expect([...new Set(named)].sort()).toEqual(ofUsers.map(([operation]) => operation).sort());
  });

  test("names each REST operation as the vendor does, and claims all of them", () => {
    const claimed = Object.keys(answers).map(operationIdOf);
    expect(claimed.sort()).toEqual([...vendorNames].sort());
    expect(described.map((one) => one.operationId)).toEqual(expect.arrayContaining(vendorNames));
  });
});
