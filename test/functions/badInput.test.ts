import { describe, expect, test } from "vitest";
import { newIntegration, newPersonal } from "../support/business.ts";
import { newDevice } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();

const error = (code: string) => ({ errors: [{ code }] });
const users = () => `/v2/apps/${app.id}/users`;

describe("a request that is wrong gets the documented error: ", () => {
  test.each(["/", "/nowhere", "/v2", "/v2/apps/a/b/c/d", "/v3/apps", "/%ff", "/v2/apps/%E0%A4%A"])(
    "no route leads to %s",
    async (path) => {
      expect(await server.account.get(path)).toMatchObject({
        status: expect.toSatisfy((status) => status === 404 || status === 400),
        body: { errors: [{ code: expect.any(String) }] },
      });
    },
  );

  test.each(["/sdk", "/sdk/nowhere", "/sdk/v2/apps", "/sdk/v2/apps/a/b/c/d"])(
    "in the SDK's own form where no route leads to %s",
    async (path) => {
      const { status, body } = await server.account.get(path);
      expect({ status, body }).toEqual({
        status: 404,
        body: { error: { code: "not_found", description: expect.any(String) } },
      });
    },
  );

  test("unknownRoute answers a method that no route has", async () => {
    expect(await server.account.put("/v2/apps")).toMatchObject({ status: 404, body: error("not_found") });
  });

  test.each(["", "not json", "{", '"text"', "[]", "null", "7", "\u0000", '{"a":'])(
    "the body %j is no JSON object",
    async (body) => {
      expect(await app.api.post(users(), body, { "content-type": "application/json" })).toMatchObject({
        status: 400,
        body: error("bad_request"),
      });
    },
  );

  test.each<[object, readonly string[]]>([
    [{ author: null, content: null }, ["author should be object", "content should be object"]],
    [{ author: { type: "business" }, content: { text: "x" } }, ["content should have required property 'type'"]],
    [
      { author: {}, content: [] },
      ["author should have required property 'type'", "content should have required property 'type'"],
    ],
  ])("a message's body %j is refused in the words of JSON Schema", async (body, titles) => {
    const path = `/v2/apps/${app.id}/conversations/${(await newPersonal(app)).conversationId}/messages`;
    expect(await app.api.post(path, body)).toMatchObject({
      status: 400,
      body: { errors: titles.map((title) => ({ code: "bad_request", title })) },
    });
  });

  test.each<[{ readonly signedUpAt?: string; readonly info?: string }, string]>([
    [{ signedUpAt: "yesterday" }, 'signedUpAt should match format "date-time", or be seconds since 1970'],
    [{ info: "x" }, "client.info should be object"],
  ])(
    "an SDK's %j is refused in the words of JSON Schema, without what was sent",
    async ({ info, ...fields }, title) => {
      const device = newDevice(server, app, await newIntegration(app));
      const client = { ...device.client, ...(info === undefined ? {} : { info }) };
      expect(await device.create({ client, ...fields })).toMatchObject({
        status: 400,
        body: { error: { code: "bad_request", description: title } },
      });
    },
  );

  test("a body over 100 kB is too large", async () => {
    expect(await app.api.post(users(), { metadata: { a: "x".repeat(101 * 1024) } })).toMatchObject({
      status: 413,
      body: error("request_entity_too_large"),
    });
  });

  test("bytes that are no UTF-8 are refused", async () => {
    expect(
      await app.api.post(users(), Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), { "content-type": "application/json" }),
    ).toMatchObject({ status: 400 });
  });

  test("unknown fields, `__proto__` and repeated keys do no harm", async () => {
    const made = await app.api.post(
      users(),
      '{"unknown":1,"__proto__":{"a":1},"metadata":{"__proto__":"x","k":1},"toBeRetained":false,"toBeRetained":true}',
      { "content-type": "application/json" },
    );
    expect(made).toMatchObject({ status: 201, body: { user: { toBeRetained: true, metadata: { k: 1 } } } });
  });

  test("every answer carries the request's id", async () => {
    expect((await server.account.get("/v2/apps")).headers["x-request-id"]).toMatch(/\S+/);
  });
});
