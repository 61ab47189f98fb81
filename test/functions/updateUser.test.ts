import { describe, expect, test } from "vitest";
import { startTestServer } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";

const server = await startTestServer();
const app = await server.newApp();

const users = () => `/v2/apps/${app.id}/users`;
interface Made {
  readonly user: { readonly id: string; readonly metadata: Readonly<Record<string, unknown>> };
}

describe("updateUser", () => {
  test("sub-fields merge, null clears, and what is not mentioned stays", async () => {
    const externalId = unique("merge");
    const { body } = await app.api.post<Made>(users(), {
      externalId,
      profile: { givenName: "Sue", surname: "Doe", email: "sue@example.org" },
      metadata: { a: 1, b: "two" },
    });
    const change = {
      signedUpAt: "2001-02-03T04:05:06.007Z",
      toBeRetained: true,
      profile: { givenName: "Susan", email: null, locale: "fr-CA" },
      metadata: { b: null, c: false },
    };
    const changed = {
      ...body.user,
      ...change,
      profile: { givenName: "Susan", surname: "Doe", locale: "fr-CA" },
      metadata: { a: 1, c: false },
    };
    expect(await app.api.patch(`${users()}/${externalId}`, change)).toMatchObject({
      status: 200,
      body: { user: changed },
    });
    const read = await app.api.get<Made>(`${users()}/${body.user.id}`);
    expect(read.body).toEqual({ user: changed });
    expect(await app.api.patch(`${users()}/${body.user.id}`, { metadata: null })).toMatchObject({
      status: 200,
      body: { user: { ...changed, metadata: {} } },
    });
    expect((await app.api.patch<Made>(`${users()}/${body.user.id}`, {})).body).toEqual({
      user: { ...changed, metadata: {} },
    });
  });

  test("the metadata limit holds for the result", async () => {
    const { body } = await app.api.post<Made>(users(), { metadata: { a: "x".repeat(3000) } });
    const path = `${users()}/${body.user.id}`;
    expect(await app.api.patch(path, { metadata: { b: "x".repeat(3000) } })).toMatchObject({
      status: 400,
      body: { errors: [{ code: "bad_request", title: "User metadata is limited to 4096 bytes in size." }] },
    });
    expect(await app.api.patch(path, { metadata: { a: null, b: "x".repeat(3000) } })).toMatchObject({ status: 200 });
  });

  test("the externalId and what else is the platform's to say cannot be set", async () => {
    const externalId = unique("fixed");
    const { body } = await app.api.post<Made>(users(), { externalId });
    const change = { externalId: "other", id: "x", authenticated: true, identities: [{ type: "email" }], brandId: "b" };
    expect((await app.api.patch(`${users()}/${externalId}`, change)).body).toEqual(body);
  });

  test.each(["a/b", "a/b/clients", "👋🏽/%2F?"])("the user of externalId %j is found", async (externalId) => {
    await app.api.post(users(), { externalId });
    const path = `${users()}/${encodeURIComponent(externalId)}`;
    expect(await app.api.patch(path, { metadata: { seen: true } })).toMatchObject({
      status: 200,
      body: { user: { externalId, metadata: { seen: true } } },
    });
  });

  test("a brand's user is found with its brandId alone", async () => {
    const externalId = unique("branded");
    await app.api.post(users(), { externalId, brandId: "7" });
    expect(await app.api.patch(`${users()}/${externalId}`, {})).toMatchObject({ status: 404 });
    expect(await app.api.patch(`${users()}/${externalId}?brandId=7`, { metadata: { a: 1 } })).toMatchObject({
      status: 200,
      body: { user: { brandId: "7", metadata: { a: 1 } } },
    });
  });

  test("a user who is not there, or another app's, is not found", async () => {
    const other = await server.newApp();
    const { body } = await other.api.post<Made>(`/v2/apps/${other.id}/users`, {});
    for (const name of ["nobody", body.user.id])
      expect(await app.api.patch(`${users()}/${name}`, {})).toMatchObject({
        status: 404,
        body: { errors: [{ code: "user_not_found", title: "User not found" }] },
      });
  });

  test.each([
    [{ profile: { email: "nobody" } }, 'profile.email should match format "email"'],
    [{ profile: { givenName: "" } }, "profile.givenName should NOT be shorter than 1 characters"],
    [{ metadata: { a: {} } }, "metadata should be a flat object of strings, numbers and booleans"],
    [{ signedUpAt: 7 }, "signedUpAt should be string"],
    [{ toBeRetained: null }, "toBeRetained should be boolean"],
  ])("the body %j is refused", async (body, title) => {
    const made = await app.api.post<Made>(users(), {});
    expect(await app.api.patch(`${users()}/${made.body.user.id}`, body)).toMatchObject({
      status: 400,
      body: { errors: [{ code: "bad_request", title }] },
    });
  });

  test("of 20 simultaneous changes of different properties none is lost", async () => {
    const { body } = await app.api.post<Made>(users(), {});
    const names = Array.from({ length: 20 }, (_, index) => `p${index}`);
    const answers = await Promise.all(
      names.map((name) => app.api.patch(`${users()}/${body.user.id}`, { metadata: { [name]: 1 } })),
    );
    expect(answers.map((one) => one.status)).toEqual(names.map(() => 200));
    const { body: read } = await app.api.get<Made>(`${users()}/${body.user.id}`);
    expect(Object.keys(read.user.metadata).sort()).toEqual(names.sort());
  });
});
