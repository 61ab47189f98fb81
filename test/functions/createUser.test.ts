import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { engineEndpoint } from "../support/engineEndpoint.ts";
import { newTable } from "../support/newTable.ts";
import { startProxy } from "../support/startProxy.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";

const server = await startTestServer();
const app = await server.newApp();

const users = () => `/v2/apps/${app.id}/users`;
interface Made {
  readonly user: {
    readonly id: string;
    readonly externalId?: string;
    readonly metadata: object;
    readonly profile: object;
  };
}

describe("createUser", () => {
  test("a user is made with everything that was said of it", async () => {
    const body = {
      externalId: "your-own-id",
      signedUpAt: "2020-01-02T03:04:05.678Z",
      toBeRetained: true,
      profile: {
        givenName: "Sue",
        surname: "Ö’Neil",
        email: "sue@example.org",
        avatarUrl: "https://example.org/a.png",
        locale: "en-CA",
      },
      metadata: { lang: "en-ca", n: 1.5, big: 1e300, ok: true },
      brandId: "9477922990333",
    };
    const made = await app.api.post<Made>(users(), body);
    expect(made).toMatchObject({
      status: 201,
      body: { user: { ...body, authenticated: false, hasPaymentInfo: false, identities: [] } },
    });
    expect(await app.api.get(`${users()}/${made.body.user.id}`)).toMatchObject({ status: 200, body: made.body });
    expect(await app.api.get(`${users()}/your-own-id?brandId=9477922990333`)).toMatchObject({
      status: 200,
      body: made.body,
    });
    expect(await app.api.get(`${users()}/your-own-id`)).toMatchObject({ status: 404 });
  });

  test("nothing needs to be said", async () => {
    const made = await app.api.post<Made>(users(), {});
    expect(made).toMatchObject({ status: 201, body: { user: { profile: {}, metadata: {}, authenticated: false } } });
    expect(made.text).not.toContain("externalId");
  });

  test("a duplicate externalId is a conflict and changes nothing", async () => {
    const externalId = unique("fresh");
    const first = await app.api.post<Made>(users(), { externalId, metadata: { a: 1 } });
    expect(await app.api.post(users(), { externalId, metadata: { a: 2 } })).toMatchObject({
      status: 409,
      body: { errors: [{ code: "conflict", title: "User already exists" }] },
    });
    expect(await app.api.get(`${users()}/${externalId}`)).toMatchObject({ body: first.body });
  });

  test("the same externalId in two apps is two users", async () => {
    const other = await server.newApp();
    const externalId = unique("fresh");
    const [one, two] = await Promise.all([
      app.api.post<Made>(users(), { externalId }),
      other.api.post<Made>(`/v2/apps/${other.id}/users`, { externalId }),
    ]);
    expect(one.body.user.id).not.toBe(two.body.user.id);
  });

  test("of 64 simultaneous creates of one externalId one is made and 63 conflict, in every round", async () => {
    for (let round = 0; round < 8; round++) {
      const externalId = unique("fresh");
      const made = await Promise.all(Array.from({ length: 64 }, () => app.api.post<Made>(users(), { externalId })));
      expect(made.map((one) => one.status).sort()).toEqual([201, ...Array(63).fill(409)]);
      const winner = made.find((one) => one.status === 201);
      expect(await app.api.get(`${users()}/${externalId}`)).toMatchObject({ body: winner?.body });
    }
  });

  test.each([
    "o'neil@example.com",
    "a&b@example.com",
    "user@xn--bcher-kva.example",
    "user@my--domain.com",
    "me@localhost",
  ])("the address %s is taken", async (email) => {
    expect(await app.api.post(users(), { profile: { email } })).toMatchObject({
      status: 201,
      body: { user: { profile: { email } } },
    });
  });

  test.each([
    [{ externalId: "" }, ["externalId should NOT be shorter than 1 characters"]],
    [{ externalId: 7 }, ["externalId should be string"]],
    [{ externalId: "x".repeat(1025) }, ["externalId should NOT be longer than 1024 characters"]],
    [{ externalId: "\ud800" }, ["externalId should be well-formed Unicode"]],
    [{ signedUpAt: "yesterday" }, ['signedUpAt should match format "date-time"']],
    [{ toBeRetained: "yes" }, ["toBeRetained should be boolean"]],
    [{ profile: [] }, ["profile should be object"]],
    [{ profile: { email: "nobody" } }, ['profile.email should match format "email"']],
    [{ profile: { avatarUrl: "nowhere" } }, ['profile.avatarUrl should match format "uri"']],
    [{ metadata: { list: [] } }, ["metadata should be a flat object of strings, numbers and booleans"]],
    [{ metadata: { a: "x".repeat(4096) } }, ["User metadata is limited to 4096 bytes in size."]],
    [{ brandId: "x".repeat(25) }, ["brandId should NOT be longer than 24 characters"]],
    [
      { externalId: 7, toBeRetained: 7, profile: { givenName: "" } },
      [
        "externalId should be string",
        "toBeRetained should be boolean",
        "profile.givenName should NOT be shorter than 1 characters",
      ],
    ],
  ])("the body %j is refused, with a title for each fault", async (body, titles) => {
    expect(await app.api.post(users(), body)).toMatchObject({
      status: 400,
      body: { errors: titles.map((title) => ({ code: "bad_request", title })) },
    });
  });

  property.prop([fc.string({ unit: "binary", minLength: 1, maxLength: 40 }).filter((text) => text.isWellFormed())], {
    numRuns: 60,
  })("any externalId is found again exactly as it was given", async (text) => {
    const externalId = `${unique("fresh")}${text}`;
    const made = await app.api.post<Made>(users(), { externalId });
    expect(made).toMatchObject({ status: 201, body: { user: { externalId } } });
    const path = `${users()}/${encodeURIComponent(externalId)}`;
    expect((await app.api.get<Made>(path)).body).toEqual(made.body);
  });

  const flat = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
  );
  property.prop([fc.dictionary(fc.string({ unit: "binary" }), flat, { maxKeys: 20 })], { numRuns: 60 })(
    "any metadata is found again exactly as it was given",
    async (said) => {
      // As JSON says it: -0 is 0.
      const metadata = JSON.parse(JSON.stringify(said));
      const made = await app.api.post<Made>(users(), { metadata });
      expect(made).toMatchObject({ status: 201, body: { user: { metadata } } });
      expect(await app.api.get(`${users()}/${made.body.user.id}`)).toMatchObject({ body: { user: { metadata } } });
    },
  );

  test("metadata may be full to the last byte", async () => {
    const metadata = { a: "é".repeat(2044) };
    expect(await app.api.post(users(), { metadata })).toMatchObject({ status: 201, body: { user: { metadata } } });
    expect(await app.api.post(users(), { metadata: { a: `${metadata.a}x` } })).toMatchObject({ status: 400 });
  });

  property.prop([fc.jsonValue()], { numRuns: 80 })(
    "whatever JSON is sent, the answer is no fault of ours",
    async (body) => {
      const { status } = await app.api.post(users(), JSON.stringify(body), { "content-type": "application/json" });
      expect([201, 400]).toContain(status);
    },
  );
});

describe("createUser at the engine", () => {
  test("is one call and one write unit once the key is known, for a new user and a duplicate, and survives a lost answer", async () => {
    const proxy = await startProxy(engineEndpoint());
    const { createUser } = await import("../../lib/users/createUser.ts");
    const { newUser } = await import("../../lib/model/user.ts");
    const runtime = { db: await newTable(proxy.endpoint), newId: () => "c".repeat(24) };
    const user = newUser("a".repeat(24), "b".repeat(24), new Date(), { externalId: "x" });
    expect(await createUser(runtime, user)).toEqual({ created: user });
    expect(proxy.calls).toEqual(["PutItem"]);
    expect(proxy.units.write).toBeLessThanOrEqual(1);
    proxy.reset();
    expect(await createUser(runtime, user)).toMatchObject({ existing: { kind: "user" } });
    expect(proxy.calls).toEqual(["PutItem"]);
    proxy.reset();
    proxy.fault({ kind: "reset after", times: 1 });
    const other = { ...user, id: "d".repeat(24) };
    expect(await createUser(runtime, other)).toEqual({ created: other });
    await proxy.close();
  });
});
