import { describe, expect, test } from "vitest";
import { newIntegration, newUser } from "../support/business.ts";
import { type Run, runSunroom } from "../support/runSunroom.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();

const sunroom = (...words: readonly string[]): Promise<Run> =>
  runSunroom(words, {
    SUNROOM_URL: server.url,
    SUNROOM_KEY_ID: server.accountKey.id,
    SUNROOM_KEY_SECRET: server.accountKey.secret,
    SUNROOM_APP_ID: app.id,
  });

/** What a command says with `--json`; fails unless it did what it was asked. */
async function json<T>(...words: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await sunroom(...words, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

interface Identified {
  readonly id: string;
}

/** Asserts that a command deletes only with `--yes`, and that what it is about is not found afterwards. */
async function expectDeletion(noun: string, id: string, find: () => Promise<{ status: number }>) {
  const unsure = await sunroom(noun, "delete", id);
  expect(unsure).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("; add --yes if you mean it.") });
  expect(await find()).toMatchObject({ status: 200 });
  expect(await json(noun, "delete", id, "--yes")).toEqual({ id, deleted: true });
  expect((await find()).status).toBeGreaterThanOrEqual(401);
}

describe("sunroom conversation", () => {
  test("starts one with a user by externalId, lists it and shows its participants", async () => {
    const user = await newUser(app);
    const made = await json<Identified>("conversation", "create", user.externalId, "--display-name", "Order 12");
    expect(made).toMatchObject({ type: "personal", displayName: "Order 12", isDefault: true });
    expect(await json("conversation", "list", user.externalId)).toEqual([made]);
    expect((await sunroom("conversation", "list", user.id)).stdout).toMatch(
      new RegExp(`^id .*displayName.*\n${made.id} +personal +true +Order 12 `),
    );
    expect(await json("conversation", "get", made.id)).toMatchObject({
      id: made.id,
      participants: [{ userId: user.id, userExternalId: user.externalId }],
    });
    const { stdout } = await sunroom("conversation", "get", made.id);
    expect(stdout).toMatch(/^displayName +Order 12$/m);
    expect(stdout).toMatch(new RegExp(`^${user.id} +${user.externalId} `, "m"));
  });

  test("starts a group with several users, or with one where that is said", async () => {
    const users = [await newUser(app), await newUser(app)];
    const made = await json<Identified>("conversation", "create", ...users.map(({ id }) => id));
    expect(made).toMatchObject({ type: "sdkGroup" });
    expect((await json<{ participants: object[] }>("conversation", "get", made.id)).participants).toHaveLength(2);
    expect(await json("conversation", "create", users[0]?.id ?? "", "--type", "sdkGroup")).toMatchObject({
      type: "sdkGroup",
    });
    expect(await sunroom("conversation", "create", users[0]?.id ?? "", "--type", "group")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--type cannot be "group". It is one of personal, sdkGroup.'),
    });
  });

  test("says that a user has none, and that nobody is named so", async () => {
    const user = await newUser(app);
    expect((await sunroom("conversation", "list", user.id)).stdout).toBe("The user has no conversation yet.\n");
    for (const verb of ["list", "create"])
      expect(await sunroom("conversation", verb, "nobody")).toMatchObject({
        code: 1,
        stderr: `User not found (404 user_not_found from ${server.url}, asked with the key ${server.accountKey.id}).\n`,
      });
  });

  test("deletes one only when told that it is meant", async () => {
    const user = await newUser(app);
    const first = await json<Identified>("conversation", "create", user.id);
    expect(await sunroom("conversation", "delete", first.id, "--yes")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("because it is the default"),
    });
    const { id } = await json<Identified>("conversation", "create", user.id);
    await expectDeletion("conversation", id, () => app.api.get(`/v2/apps/${app.id}/conversations/${id}`));
  });
});

describe("sunroom message", () => {
  test("sends messages of the business and of a user, and lists them", async () => {
    const user = await newUser(app, { profile: { givenName: "Jane" } });
    const { id } = await json<Identified>("conversation", "create", user.id);
    expect((await sunroom("message", "list", id)).stdout).toBe("There is no message yet.\n");
    expect(await json("message", "send", id, "Hello", "--display-name", "Support")).toMatchObject({
      author: { type: "business", displayName: "Support" },
      content: { type: "text", text: "Hello" },
    });
    const image = { type: "image", mediaUrl: "https://example.org/map.png" };
    await json("message", "send", id, "--content", JSON.stringify(image));
    expect(await json("message", "send", id, "Thanks", "--as", user.externalId)).toMatchObject({
      author: { type: "user", userId: user.id },
    });
    expect(await json("message", "list", id)).toMatchObject([
      { content: { text: "Hello" } },
      { content: image },
      { content: { text: "Thanks" } },
    ]);
    const shown = (await sunroom("message", "list", id)).stdout.split("\n").map((line) => line.split(/ {2,}/).slice(2));
    expect(shown.slice(0, 4)).toEqual([
      ["author", "text"],
      ["Support", "Hello"],
      ["business", "(image)"],
      ["Jane", "Thanks"],
    ]);
  });

  test.each([
    [[], "needs a text or --content."],
    [["Hi", "--content", "{}"], "needs either a text or --content."],
    [["--content", "{"], "--content is no JSON object"],
    [["--content", "3"], "--content is no JSON object"],
  ])("refuses to send %j", async (words, refusal) => {
    expect(await sunroom("message", "send", "0".repeat(24), ...words)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(refusal),
    });
  });
});

describe("sunroom integration", () => {
  test("shows one without the secrets of its webhooks", async () => {
    const { id: webhook } = await json<Identified>(
      "webhook",
      "create",
      "https://example.org/events",
      "--secret",
      "hush",
    );
    const [{ id = "" } = {}] = (await json<(Identified & { type: string })[]>("integration", "list")).filter(
      ({ type }) => type === "custom",
    );
    expect(await json("integration", "get", id)).toMatchObject({ id, type: "custom", webhooks: [{ id: webhook }] });
    for (const words of [[], ["--json"]])
      expect((await sunroom("integration", "get", id, ...words)).stdout).not.toContain("hush");
  });

  test("deletes one only when told that it is meant", async () => {
    const id = await newIntegration(app);
    await expectDeletion("integration", id, () => app.api.get(`/v2/apps/${app.id}/integrations/${id}`));
  });
});

describe("sunroom app", () => {
  test("deletes one only when told that it is meant", async () => {
    const { id } = await server.newApp();
    await expectDeletion("app", id, () => server.account.get(`/v2/apps/${id}`));
  });
});
