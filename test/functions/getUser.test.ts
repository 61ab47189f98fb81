import { describe, expect, test } from "vitest";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();

const users = () => `/v2/apps/${app.id}/users`;
interface Made {
  readonly user: { readonly id: string };
}

describe("getUser", () => {
  test.each([
    "a/b",
    "a?b#c",
    "100%",
    "1+1=2",
    "a&b",
    "two words",
    "👋🏽 ümläut",
    "a/clients",
    "a/devices",
    "a/devices/b",
    "a/b/clients",
    "a/b/devices/c",
    "%2F",
    "..",
    "with\"quote'",
  ])("the externalId %j is found", async (externalId) => {
    const made = await app.api.post<Made>(users(), { externalId });
    expect(made.status).toBe(201);
    expect((await app.api.get<Made>(`${users()}/${encodeURIComponent(externalId)}`)).body).toEqual(made.body);
  });

  test("an id is an id first, and an externalId that looks like one is found when nobody has it as an id", async () => {
    const first = await app.api.post<Made>(users(), {});
    const second = await app.api.post<Made>(users(), { externalId: first.body.user.id });
    const third = await app.api.post<Made>(users(), { externalId: "abcdef0123456789abcdef01" });
    expect(await app.api.get(`${users()}/${first.body.user.id}`)).toMatchObject({ body: first.body });
    expect(await app.api.get(`${users()}/${second.body.user.id}`)).toMatchObject({ body: second.body });
    expect(await app.api.get(`${users()}/abcdef0123456789abcdef01`)).toMatchObject({ body: third.body });
  });

  test("forms of Unicode that look alike are different externalIds", async () => {
    await app.api.post(users(), { externalId: "caf\u00e9" });
    expect(await app.api.get(`${users()}/${encodeURIComponent("cafe\u0301")}`)).toMatchObject({ status: 404 });
  });

  test("a user of another app is not found by id", async () => {
    const other = await server.newApp();
    const made = await other.api.post<Made>(`/v2/apps/${other.id}/users`, { externalId: "theirs" });
    for (const name of [made.body.user.id, "theirs"])
      expect(await app.api.get(`${users()}/${name}`)).toMatchObject({
        status: 404,
        body: { errors: [{ code: "user_not_found", title: "User not found" }] },
      });
  });
});
