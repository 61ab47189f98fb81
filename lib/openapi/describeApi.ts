import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { type Route, routes } from "../api/routes.ts";
import { fieldsOf } from "../apps/integrationTypes.ts";
import { channelTypes, isChannelType } from "../model/channel.ts";
import { sdkTypes } from "../model/integration.ts";
import { answers, ownAnswers, resources } from "./answers.ts";
import { examples } from "./examples.ts";

/** A body schema of an operation, as its function exports it. */
export type Bodies = Readonly<Record<string, v.GenericSchema | undefined>>;

type JsonSchema = Readonly<Record<string, unknown>>;

/** Writes the OpenAPI 3.1 description of exactly the served routes: bodies from the schemas that validate them. */
export function describeApi(bodies: Bodies, version: string): object {
  return {
    openapi: "3.1.0",
    info: {
      title: "Sunroom",
      version,
      description:
        "Users, clients and conversations, compatible with the REST API (v2) and the Messaging SDK protocol of Sunshine Conversations.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    paths: describePaths(bodies),
    components: {
      schemas: { ...resources, integrationCreateBody: integrationBodies(bodies.createWebhook) },
      securitySchemes: {
        basicAuth: {
          type: "http",
          scheme: "basic",
          description: "Key id and secret, or an SDK's user id and session token",
        },
        bearerAuth: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "HS256, signed with a key whose id is the `kid`",
        },
      },
    },
  };
}

function describePaths(bodies: Bodies): Readonly<Record<string, object>> {
  const paths: Record<string, Record<string, object>> = {};
  for (const [operation, route] of Object.entries<Route>(routes)) {
    if (operation === "unknownRoute") continue;
    const served = route.routeKeys
      .map((routeKey) => routeKey.split(" "))
      // OpenAPI has no parameter of several segments: that variant serves the same names under the path above it.
      .filter(([, path = ""]) => !path.includes("+}"));
    for (const [index, [method = "", path = ""]] of served.entries()) {
      const described = describeOperation(operation, route, { method, path }, bodies[operation]);
      const suffix = index === 0 ? "" : `_${path.split("/").at(-1)?.replace(/\W/g, "")}`;
      paths[path] = {
        ...paths[path],
        [method.toLowerCase()]: { operationId: operationIdOf(operation) + suffix, ...described },
      };
    }
  }
  return paths;
}

/** Answers the operation's id: the vendor's name for a REST operation, ours for the others. */
export const operationIdOf = (operation: string): string =>
  answers[operation] === undefined ? operation : operation.charAt(0).toUpperCase() + operation.slice(1);

/** The fields of the forms that operations take, by operation and method. */
const formFields: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "uploadAttachment POST": { source: "The file" },
  "getAttachment POST": { token: "As it was answered", "Content-Type": "As it was answered", file: "The file" },
  "sdkUploadFile POST": {
    author: "JSON of the author, who is the one of the credentials",
    message: "JSON of the message: `text`, `altText` and `metadata`",
    source: "The file",
  },
};

/** Writes the body of a form, of which the field described as the file is required. */
function formBody(fields: Readonly<Record<string, string>>): object {
  const isFile = ([, description]: readonly [string, string]) => description === "The file";
  const properties = Object.entries(fields).map((field) => {
    const [name, description] = field;
    return [name, isFile(field) ? { type: "string", format: "binary", description } : { type: "string", description }];
  });
  const required = Object.entries(fields)
    .filter(isFile)
    .map(([name]) => name);
  const schema = { type: "object", properties: Object.fromEntries(properties), required };
  return { required: true, content: { "multipart/form-data": { schema } } };
}

function describeOperation(
  operation: string,
  route: Route,
  { method, path }: { readonly method: string; readonly path: string },
  body: v.GenericSchema | undefined,
): object {
  const answer = answers[operation] ?? ownAnswers[operation];
  const sdk = operation.startsWith("sdk");
  const schema =
    operation === "createIntegration"
      ? { $ref: "#/components/schemas/integrationCreateBody" }
      : body && jsonSchema(body);
  return {
    summary: route.summary,
    tags: [tagOf(operation, path)],
    ...(route.scopes.includes("anyone") && !route.scopes.includes("user")
      ? { security: [] }
      : { security: [{ basicAuth: [] }, { bearerAuth: [] }] }),
    "x-scopes": route.scopes,
    parameters: [
      ...pathParameters(path),
      ...queryParameters(operation),
      ...jsonParameters(operation),
      ...(sdk && route.scopes.includes("user") ? [deviceHeader] : []),
    ],
    ...(formFields[`${operation} ${method}`]
      ? { requestBody: formBody(formFields[`${operation} ${method}`] ?? {}) }
      : {}),
    ...(schema
      ? { requestBody: { required: true, content: { "application/json": { schema, ...exampleOf(operation) } } } }
      : {}),
    responses: {
      ...(answer
        ? { [answer.status]: { description: "Done", content: { "application/json": { schema: answer.schema } } } }
        : {
            "2XX": { description: sdk ? "In the form of the Messaging SDKs' wire" : "In the form the caller expects" },
          }),
      "4XX": {
        description: "What to mend",
        content: { "application/json": { schema: { $ref: `#/components/schemas/${sdk ? "sdkError" : "error"}` } } },
      },
    },
  };
}

function exampleOf(operation: string): { readonly example?: object } {
  const example = examples[operation];
  return example ? { example } : {};
}

/** The parts of paths that name no resource of their own. */
const actions: readonly string[] = ["v2", "join", "leave", "rotate", "ping", "deliveries", "replay"];

const tagOf = (operation: string, path: string): string =>
  operation.startsWith("sdk")
    ? "Messaging SDK"
    : operation === "channelWebhook"
      ? "Channels"
      : (path
          .split("/")
          .filter((part) => part !== "" && !part.startsWith("{") && !actions.includes(part))
          .at(-1) ?? "");

const pathParameters = (path: string): readonly object[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));

/** The header of the device: a session is refused without it, unless the body names the device. */
const deviceHeader = {
  name: "x-smooch-clientid",
  in: "header",
  description: "The `client.id` of the device that a session is of: needed with a session, not with a token",
  schema: { type: "string" },
};

interface QueryParameter {
  readonly name: string;
  readonly in: "query";
  readonly required: boolean;
  readonly schema: JsonSchema;
}

const query = (name: string, schema: JsonSchema, required = false): QueryParameter => ({
  name,
  in: "query",
  required,
  schema,
});

/** Lists the query parameters of an operation. */
function queryParameters(operation: string): readonly QueryParameter[] {
  const cursor = { type: "string", minLength: 24, maxLength: 24 };
  const cursors = [query("page[after]", cursor), query("page[before]", cursor)];
  const pages = [...cursors, query("page[size]", { type: "integer", minimum: 1, maximum: 100, default: 25 })];
  const uploads = [
    query("access", { enum: ["public", "private"], default: "public" }),
    query("for", { const: "message" }),
    query("conversationId", { type: "string" }),
  ];
  const brand = [query("brandId", { type: "string", minLength: 1, maxLength: 24 })];
  const byOperation: Readonly<Record<string, readonly QueryParameter[]>> = {
    listApps: pages,
    listIntegrations: [...pages, query("filter[types]", { type: "string", description: "Types, joined by commas" })],
    listWebhookDeliveries: pages,
    uploadAttachment: uploads,
    createAttachmentUpload: uploads,
    listUsers: [query("filter[identities.email]", { type: "string" }), ...brand],
    listConversations: [
      ...pages,
      query("filter[userId]", { type: "string" }),
      query("filter[userExternalId]", { type: "string" }),
    ],
    listParticipants: pages,
    listMessages: cursors,
    listClients: [...pages, ...brand],
    sdkListConversations: [query("offset", { type: "integer", minimum: 0 })],
    sdkListMessages: [query("before", { type: "number" }), query("after", { type: "number" })],
  };
  return byOperation[operation] ?? (/^(get|update|delete)User|Client$|Device/.test(operation) ? brand : []);
}

/** Lists the second form of a list's `page` and `filter`. */
const jsonParameters = (operation: string): readonly object[] =>
  ["page", "filter"].flatMap((name) => {
    const members = queryParameters(operation).flatMap((parameter) => {
      const member = parameter.name.startsWith(`${name}[`) ? parameter.name.slice(name.length + 1, -1) : undefined;
      return member === undefined ? [] : [[member, parameter.schema] as const];
    });
    if (members.length === 0) return [];
    const schema = { type: "object", properties: Object.fromEntries(members) };
    const description = `The same as \`${name}[…]\`, as JSON`;
    return [{ name, in: "query", required: false, description, content: { "application/json": { schema } } }];
  });

/** Converts a validating schema to JSON Schema of its input. The checks of valibot are repeated in its metadata. */
function jsonSchema(schema: v.GenericSchema): JsonSchema {
  const { $schema: _, ...described } = toJsonSchema(schema, {
    typeMode: "input",
    errorMode: "ignore",
    overrideAction: ({ valibotAction, jsonSchema: described }) =>
      valibotAction.type === "metadata" && "metadata" in valibotAction
        ? { ...described, ...(valibotAction.metadata as object) }
        : undefined,
  });
  return described;
}

/**
 * Writes the body of createIntegration: one shape for each type, with the fields that its channel declares.
 * @param webhook the body of a webhook, which a custom integration may have
 */
function integrationBodies(webhook: v.GenericSchema | undefined): JsonSchema {
  const types = [...sdkTypes, "custom", ...channelTypes];
  return {
    oneOf: types.map((type) => {
      const fields = fieldsOf(type) ?? {};
      return {
        title: type,
        type: "object",
        properties: {
          type: { const: type },
          displayName: { type: ["string", "null"], maxLength: 100 },
          ...Object.fromEntries(
            Object.entries(fields).map(([name, field]) => [
              name,
              fieldSchema(field.type ?? "string", field.secret === true),
            ]),
          ),
          ...(isChannelType(type) ? { registerWebhook: { type: ["boolean", "null"] } } : {}),
          ...(type === "custom" && webhook
            ? { webhooks: { type: "array", items: jsonSchema(webhook), maxItems: 1 } }
            : {}),
        },
        required: ["type", ...Object.keys(fields).filter((name) => fields[name]?.required)],
      };
    }),
    discriminator: { propertyName: "type" },
  };
}

function fieldSchema(type: string, secret: boolean): JsonSchema {
  const schema = type === "strings" || type === "origins" ? { type: "array", items: { type: "string" } } : { type };
  return secret ? { ...schema, writeOnly: true } : schema;
}
