import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type * as v from "valibot";
import { describe, expect, test } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { type OperationName, type Route, routes } from "../../lib/api/routes.ts";
import type { Reply } from "../support/caller.ts";
import { basic } from "../support/caller.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { sessionHeader } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { newWorld, type World } from "../support/world.ts";
import { bodyOf, oddStrings, oddValue } from "./arbitraryBody.ts";

/** `FUZZ_RUNS` and `FUZZ_SEED` look further, or anew; a run of the tests is the same each time. */
const runs = Number(process.env.FUZZ_RUNS ?? 1);
const seed = Number(process.env.FUZZ_SEED ?? 20_261_124);

process.env[variable.anonymousBurst] = "1000000";
const server = await startTestServer();
const shared = await newWorld(server);

const rows = (Object.entries(routes) as [OperationName, Route][]).map(([operation, route]) => ({ operation, route }));
const isSdk = (operation: string) => operation.startsWith("sdk");

/** A world that an operation may end. */
const worldFor = (operation: string): Promise<World> =>
  /^(delete|leave|sdkLog)/.test(operation) ? newWorld(server) : Promise.resolve(shared);

/** Credentials that let a request in. */
function authorized(world: World, operation: string, route: Route): Readonly<Record<string, string>> {
  if (isSdk(operation)) {
    const authorization = operation === "sdkLogin" ? world.bearer(world.user.externalId) : sessionHeader(world.guest);
    return { "x-smooch-clientid": world.guest.clientId, authorization };
  }
  if (route.scopes.includes("anyone"))
    return { "x-telegram-bot-api-secret-token": world.bot.secretToken, "content-type": "application/json" };
  return { authorization: basic(route.scopes.includes("app") ? world.app.key : server.accountKey) };
}

/** The schema of an operation's body, as its function exports it. */
async function schemaOf(operation: string): Promise<v.GenericSchema | undefined> {
  const module: { body?: v.GenericSchema } = await import(`../../functions/${operation}.ts`);
  return module.body;
}

/** Whatever was asked: an answer in a documented form, and never a fault of ours. */
function expectAnswer(reply: Reply, request: string): void {
  const where = `${request.slice(0, 300)}\n→ ${reply.status} ${reply.text.slice(0, 300)}`;
  expect(reply.status, where).toBeGreaterThanOrEqual(200);
  // A feature that is not offered is no fault; that the answer says so is looked at below, as with every refusal.
  if (reply.status === 501) expect(reply.text, where).toContain('"code":"not_offered"');
  else expect(reply.status, where).toBeLessThan(500);
  if (reply.status < 400) {
    // What is kept is answered to others, of whom not all can read half a character.
    if (reply.text !== "" && reply.body !== undefined)
      expect(
        stringsOf(reply.body).filter((part) => !part.isWellFormed()),
        where,
      ).toEqual([]);
    return;
  }
  // A request line or header too long for any server, which no Lambda ever sees.
  if (reply.status === 431) return;
  if (/^\S+ \/webhooks\/./.test(request) && reply.text === "") return;
  // An answer to HEAD has no body. Source: RFC 9110, section 9.3.2.
  if (request.startsWith("HEAD ") && reply.text === "") return;
  expect(reply.body, where).toEqual(
    expect.toSatisfy(
      (body) =>
        (Array.isArray(body?.errors) && body.errors.every((one: { code: unknown }) => typeof one.code === "string")) ||
        typeof body?.error?.code === "string",
    ),
  );
}

const stringsOf = (value: unknown): readonly string[] =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([name, part]) => [name, ...stringsOf(part)])
      : [];

describe("whatever is asked, the answer has the documented form and is no fault of ours", () => {
  describe("a body that fits, nearly fits or does not fit what is expected of", () => {
    const written = rows.filter(({ route }) => route.routeKeys.some((key) => !key.startsWith("GET ")));
    test.each(written)("$operation", async ({ operation, route }) => {
      const schema = await schemaOf(operation);
      const world = await worldFor(operation);
      const body = schema ? bodyOf(schema) : oddValue;
      const routeKey = fc.constantFrom(...route.routeKeys.filter((key) => !key.startsWith("GET ")));
      await fc.assert(
        fc.asyncProperty(routeKey, body, async (key, value) => {
          const { method, path } = world.requestTo(operation, key);
          const client = isSdk(operation) && typeof value === "object" && value && !("client" in value);
          const sent = client ? { client: world.guest.client, ...value } : value;
          const json = JSON.stringify(sent) ?? "";
          const headers = { "content-type": "application/json", ...authorized(world, operation, route) };
          expectAnswer(await world.anybody.send(method, path, { body: json, headers }), `${method} ${path} ${json}`);
        }),
        { numRuns: 30 * runs, seed },
      );
    });
  });

  /** Bodies as bytes: what is no JSON, or JSON of another encoding, or much of it. */
  const rawBodies: Readonly<Record<string, Buffer | string>> = {
    nothing: "",
    "not JSON": "{]",
    "invalid UTF-8": Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
    "UTF-16": Buffer.from("\ufeff{}", "utf16le"),
    "a byte order mark": "\ufeff{}",
    gzip: gzipSync("{}"),
    "a form": "a=b&c=d",
    "a multipart form": '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--',
    "duplicate keys": '{"displayName":"a","displayName":"b","client":{"id":"a","id":"b"}}',
    prototypes: '{"__proto__":{"displayName":"a"},"constructor":{"prototype":{"a":1}}}',
    "huge numbers": '{"displayName":"a","metadata":{"a":1e400,"b":-1e400,"c":123456789012345678901234567890}}',
    "escaped surrogates": '{"displayName":"\\ud800","externalId":"\\udc00","metadata":{"\\ud800":"\\udfff"}}',
    "escaped NUL": '{"displayName":"\\u0000","externalId":"\\u0000","userId":"\\u0000"}',
    "many brackets": "[".repeat(50_000),
    "much nesting": `{"a":${"[".repeat(40_000)}${"]".repeat(40_000)}}`,
    "nesting where it is kept": `{"type":"web","prechatCapture":{"a":${"[".repeat(40_000)}${"]".repeat(40_000)}}}`,
    "nested objects": `{"metadata":${'{"a":'.repeat(9_000)}1${"}".repeat(9_000)}}`,
    "1 MB": JSON.stringify({ displayName: "x".repeat(1_048_576) }),
    "NaN and Infinity": '{"a":NaN,"b":Infinity}',
    "a trailing comma": '{"displayName":"a",}',
    "a comment": '{/* a */"displayName":"a"}',
  };
  const contentTypes = [
    "application/json",
    "application/json; charset=utf-16",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "image/png",
    ";;;",
    "application/vnd.api+json",
    "x".repeat(1000),
  ];

  test.each(Object.keys(rawBodies))("a body of bytes: %s", async (name) => {
    const types = contentTypes.slice(0, name === "nothing" || name === "a form" ? undefined : 2);
    for (const { operation, route } of rows)
      for (const key of route.routeKeys.filter((one) => !/^(GET|DELETE) /.test(one)).slice(0, 1))
        for (const contentType of types) {
          const { method, path } = shared.requestTo(operation, key);
          const headers = {
            ...authorized(shared, operation, route),
            "content-type": contentType,
            ...(name === "gzip" && { "content-encoding": "gzip" }),
          };
          const reply = await shared.anybody.send(method, path, { body: rawBodies[name], headers });
          expectAnswer(reply, `${method} ${path} ${name} as ${contentType}`);
        }
  });

  /** Parts of a path as they go over the wire. */
  const oddParts = [
    ...oddStrings.filter((part) => part.isWellFormed() && part.length < 5_000).map((part) => encodeURIComponent(part)),
    "%",
    "%0",
    "%zz",
    "%ff",
    "%C0%AF",
    "%ED%A0%80",
    "%2F",
    "%2f%2f",
    "..%2f..%2f",
    "%252e%252e",
    ".",
    "a;b=c",
    "a,b",
    "*",
    "~",
  ];
  /** Longer than any key may be; every route meets these, and of the others a third each. */
  const longParts = ["a".repeat(2_100), "a".repeat(7_000)];
  const partsFor = (operation: OperationName): readonly string[] => [
    ...longParts,
    ...oddParts.filter((_, index) => (index + Object.keys(routes).indexOf(operation)) % 3 === 0),
  ];

  function* oddRequestsTo(operation: OperationName, route: Route) {
    const parts = runs > 1 ? [...longParts, ...oddParts] : partsFor(operation);
    for (const routeKey of route.routeKeys)
      for (const [, parameter = ""] of routeKey.matchAll(/\{([^}]+)\}/g))
        for (const part of parts) yield shared.requestTo(operation, routeKey, { [parameter]: part });
  }

  describe("a path that names something odd to", () => {
    test.each(rows)("$operation", async ({ operation, route }) => {
      // Whatever is asked for, the caller is let in: by the account's key, which may name any app.
      const headers = isSdk(operation)
        ? authorized(shared, operation, route)
        : { ...authorized(shared, operation, route), ...accountHeader() };
      for (const { method, path } of oddRequestsTo(operation, route)) {
        const body = method === "GET" ? {} : { body: await bodyWithClient(shared) };
        const reply = await shared.anybody.send(method, path, { ...body, headers });
        expectAnswer(reply, `${method} ${path}`);
      }
    });
  });

  describe("an odd query to", () => {
    const names = [
      "page[after]",
      "page[before]",
      "page[size]",
      "filter[userId]",
      "filter[userExternalId]",
      "filter[types]",
      "brandId",
      "offset",
      "before",
      "after",
      "filter[identities.email]",
      "hub.mode",
      "",
    ];
    const queries = fc.oneof(
      fc
        .array(
          fc.tuple(
            fc.constantFrom(...names),
            fc.constantFrom(...oddParts, "1", "-1", "100", "1e3", "Infinity", "99999", "0".repeat(24)),
          ),
          {
            maxLength: 3,
          },
        )
        .map((pairs) => pairs.map(([name, value]) => `${encodeURIComponent(name)}=${value}`).join("&")),
      fc.constantFrom(
        "&&&",
        "=",
        "?",
        "%",
        "%ff=%ff",
        "a=b&a=c",
        "page[after]=x&page[before]=y",
        "page[size]=1&page[size]=2",
        "&".repeat(1_000),
      ),
    );
    test.each(rows.filter(({ route }) => route.routeKeys.some((key) => key.startsWith("GET "))))(
      "$operation",
      async ({ operation, route }) => {
        const routeKey = fc.constantFrom(...route.routeKeys.filter((key) => key.startsWith("GET ")));
        await fc.assert(
          fc.asyncProperty(routeKey, queries, async (key, query) => {
            const { method, path } = shared.requestTo(operation, key);
            const headers = authorized(shared, operation, route);
            expectAnswer(
              await shared.anybody.send(method, `${path}?${query}`, { headers }),
              `${method} ${path}?${query}`,
            );
          }),
          { numRuns: 30 * runs, seed },
        );
      },
    );
  });

  const oddHeaders: readonly Readonly<Record<string, string | string[]>>[] = [
    { authorization: "Basic" },
    { authorization: `Basic ${"A".repeat(6_000)}` },
    { authorization: `Basic ${Buffer.from(`${"\u0000".repeat(9)}:x`).toString("base64")}` },
    { authorization: `Basic ${Buffer.from(`${"f".repeat(24)}:x`).toString("base64")}` },
    { authorization: `Basic ${Buffer.from(`${"x".repeat(3_000)}:x`).toString("base64")}` },
    { authorization: `Basic ${Buffer.from([0xff, 0xfe, 0x3a, 0x41]).toString("base64")}` },
    { authorization: "Bearer a.b.c" },
    { authorization: `Bearer ${"e30.".repeat(500)}` },
    { authorization: `Bearer ${Buffer.from('{"alg":"HS256","kid":"__proto__"}').toString("base64url")}.e30.e30` },
    { authorization: `Bearer ${Buffer.from('{"alg":"HS256","crit":["exp"],"kid":1}').toString("base64url")}.e30.e30` },
    { authorization: ["Basic a", "Bearer b"] },
    { "x-smooch-clientid": "x".repeat(5_000) },
    { "x-zendesk-integrationid": "../.." },
    { "idempotency-key": "x".repeat(5_000) },
    { "idempotency-key": "é\u00ff" },
    { origin: "null", referer: "\u00ff" },
    { "x-forwarded-for": "1.2.3.4, ::1, not-an-address" },
    { cookie: ";;;=;" },
    { host: "example.com:99999" },
    { "transfer-encoding": "chunked" },
    { expect: "100-continue" },
    { range: "bytes=0-1", "if-none-match": "*" },
    { "content-encoding": "br" },
    { "x-http-method-override": "DELETE" },
    { connection: "upgrade", upgrade: "websocket" },
  ];

  test.each(Object.entries(oddHeaders).map(([index, odd]) => ({ index, names: Object.keys(odd).join(), odd })))(
    "odd headers: $names ($index)",
    async ({ odd }) => {
      for (const { operation, route } of rows)
        for (const key of route.routeKeys
          .filter((one) => !one.startsWith("DELETE ") && !/leave|logout/.test(one))
          .slice(0, 1)) {
          const { method, path } = shared.requestTo(operation, key);
          const body = method === "GET" ? {} : { body: await bodyWithClient(shared) };
          const headers = { ...authorized(shared, operation, route), ...odd };
          expectAnswer(
            await shared.anybody.send(method, path, { ...body, headers }),
            `${method} ${path} ${JSON.stringify(odd)}`,
          );
        }
    },
  );

  test.each(["PUT", "PATCH", "DELETE", "POST", "GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "M-SEARCH", "QUERY"])(
    "the method %s where there is none",
    async (method) => {
      for (const { operation, route } of rows)
        for (const key of route.routeKeys) {
          const { path } = shared.requestTo(operation, key);
          const known = rows.some((row) => row.route.routeKeys.some((one) => one === `${method} ${key.split(" ")[1]}`));
          if (known) continue;
          const reply = await shared.anybody.send(method, path, { headers: authorized(shared, operation, route) });
          if (method === "HEAD") expect(reply.status).toBeLessThan(500);
          else expectAnswer(reply, `${method} ${path}`);
        }
    },
  );

  test("has left the server alive, the table in order and prototypes clean", async () => {
    expect((await shared.app.api.get(shared.rest)).status).toBe(200);
    expect(await shared.texts(shared.conversationId)).not.toEqual([]);
    expect(await brokenInvariants(server.tableName)).toEqual([]);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect("polluted" in {}).toBe(false);
  });
});

const bodyWithClient = async (world: World): Promise<object> => ({ client: (await world.device()).client });

const accountHeader = () => ({ authorization: basic(server.accountKey) });
