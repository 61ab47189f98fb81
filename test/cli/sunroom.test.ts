import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newConversation, newIntegration, newPersonal, say } from "../support/business.ts";
import { caller } from "../support/caller.ts";
import { connect, write } from "../support/channelPeople.ts";
import { newDevice } from "../support/newDevice.ts";
import { type Run, runSunroom } from "../support/runSunroom.ts";
import { startLocal } from "../support/startLocal.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();

/** Runs a command with the account's key, from the environment. */
const sunroom = (...parameters: readonly string[]): Promise<Run> =>
  runSunroom(parameters, {
    SUNROOM_URL: server.url,
    SUNROOM_KEY_ID: server.accountKey.id,
    SUNROOM_KEY_SECRET: server.accountKey.secret,
    SUNROOM_APP_ID: app.id,
  });

/** What a command says with `--json`; fails unless it did what it was asked. */
async function json<T>(...parameters: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await sunroom(...parameters, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

interface Key {
  readonly id: string;
  readonly secret: string;
  readonly displayName: string;
}

describe("sunroom app", () => {
  test("makes an app and lists it", async () => {
    const made = await json<{ id: string }>("app", "create", "My app");
    expect(made).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{24}$/), displayName: "My app" });
    expect(await json("app", "list")).toContainEqual(made);
    expect((await sunroom("app", "list")).stdout).toContain(`${made.id}  My app\n`);
    const { stdout } = await sunroom("app", "create", "Another app");
    const [, id] = /^id +(\w+)$/m.exec(stdout) ?? [];
    expect(stdout).toContain(`export SUNROOM_APP_ID=${id}\n`);
  });

  test("lists more apps than one page holds", async () => {
    const many = await startManyApps();
    const { stdout } = await runSunroom(["app", "list", "--json"], many.environment);
    expect(JSON.parse(stdout).map((one: { displayName: string }) => one.displayName)).toEqual(["one", "two", "three"]);
    await many.close();
  });
});

/** A server that answers three apps, one a page. */
async function startManyApps() {
  const names = ["one", "two", "three"];
  const other = createServer((request, response) => {
    const after = new URL(request.url ?? "", "http://x").searchParams.get("page[after]");
    const index = after === null ? 0 : names.indexOf(after) + 1;
    const displayName = names[index];
    response.end(
      JSON.stringify({
        apps: [{ id: displayName, displayName }],
        meta: { hasMore: index < 2, afterCursor: displayName },
        links: {},
      }),
    );
  });
  const url = await listening(other);
  return {
    environment: { SUNROOM_URL: url, SUNROOM_KEY_ID: "act_x", SUNROOM_KEY_SECRET: "x" },
    close: () => new Promise((resolve) => other.close(resolve)),
  };
}

function listening(other: ReturnType<typeof createServer>): Promise<string> {
  return new Promise((resolve) =>
    other.listen(0, "127.0.0.1", () => {
      const address = other.address();
      resolve(`http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`);
    }),
  );
}

describe("sunroom key", () => {
  test("makes a key that works, and lists it without its secret", async () => {
    const key = await json<Key>("key", "create", "My server");
    expect(await server.as(key).get(`/v2/apps/${app.id}`)).toMatchObject({ status: 200 });
    const { stdout } = await sunroom("key", "list");
    expect(stdout).toContain(`${key.id}  My server\n`);
    expect(stdout + JSON.stringify(await json("key", "list"))).not.toContain(key.secret);
  });

  test("rotates a key: both work, until the old one is deleted", async () => {
    const old = await json<Key>("key", "create", "Rotated");
    const rotated = await json<{ key: Key; old: object }>("key", "rotate", old.id);
    expect(rotated).toMatchObject({ key: { displayName: "Rotated" }, old: { id: old.id, deleted: false } });
    expect(rotated.key.id).not.toBe(old.id);
    for (const key of [old, rotated.key])
      expect(await server.as(key).get(`/v2/apps/${app.id}`)).toMatchObject({ status: 200 });
    expect(await json("key", "delete", old.id)).toEqual({ id: old.id, deleted: true });
    expect(await server.as(old).get(`/v2/apps/${app.id}`)).toMatchObject({ status: 401 });
    expect(await server.as(rotated.key).get(`/v2/apps/${app.id}`)).toMatchObject({ status: 200 });
  });

  test("rotates a key and deletes the old one at once, when told so", async () => {
    const old = await json<Key>("key", "create", "Replaced");
    const { code, stdout } = await sunroom("key", "rotate", old.id, "--delete-old");
    expect(code).toBe(0);
    expect(stdout).toContain(`The old key ${old.id} is deleted.`);
    expect(await server.as(old).get(`/v2/apps/${app.id}`)).toMatchObject({ status: 401 });
    const [, id = "", secret = ""] = /id +(\S+)[\s\S]*secret +(\S+)/.exec(stdout) ?? [];
    expect(await server.as({ id, secret }).get(`/v2/apps/${app.id}`)).toMatchObject({ status: 200 });
  });

  test("makes nothing when the key to rotate is unknown, or the app has ten", async () => {
    const full = await server.newApp();
    const keys = async () => (await json<Key[]>("key", "list", "--app", full.id)).length;
    expect(await sunroom("key", "rotate", `app_${"0".repeat(24)}`, "--app", full.id)).toMatchObject({ code: 1 });
    expect(await keys()).toBe(1);
    for (let made = 1; made < 10; made++)
      await server.account.post(`/v2/apps/${full.id}/keys`, { displayName: `Key ${made}` });
    expect(await sunroom("key", "rotate", full.key.id, "--app", full.id)).toEqual({
      code: 1,
      stdout: "",
      stderr: "An app is limited to 10 keys (400 bad_request).\n",
    });
    expect(await keys()).toBe(10);
  });
});

describe("sunroom integration", () => {
  test("rotates the secret that a channel signs with: the old one is refused", async () => {
    const old = await connect(app, "line");
    const rotated = { ...old, credentials: { ...old.credentials, channelSecret: "the next secret" } };
    expect((await write(server, old)).status).toBe(200);
    const { stdout, code } = await sunroom("integration", "update", old.id, "channelSecret=the next secret");
    expect(code).toBe(0);
    expect(stdout).not.toContain("the next secret");
    expect([401, 403]).toContain((await write(server, old)).status);
    expect((await write(server, rotated)).status).toBe(200);
    expect(await sunroom("integration", "update", "unknown", "channelSecret=x")).toMatchObject({ code: 1 });
  });

  test("connects a front end and a channel, and lists them", async () => {
    const within = ["--app", (await server.newApp()).id];
    const web = await json<object>("integration", "create", "web", "--display-name", "Site", ...within);
    expect(web).toMatchObject({ type: "web", status: "active", displayName: "Site" });
    const telegram = await json<object>("integration", "create", "telegram", "token=123:abc", ...within);
    expect(telegram).toMatchObject({
      type: "telegram",
      webhookUrl: expect.stringContaining("/webhooks/"),
      secretToken: expect.any(String),
    });
    expect(JSON.stringify(telegram)).not.toContain("123:abc");
    expect(await json("integration", "list", ...within)).toMatchObject([{ type: "web" }, { type: "telegram" }]);
    expect((await sunroom("integration", "list", ...within)).stdout).toMatch(
      /type +status +displayName\n.* web +active +Site\n/,
    );
  });

  test("says what the channel needs", async () => {
    expect(await sunroom("integration", "create", "telegram")).toMatchObject({
      code: 1,
      stderr: "should have required property 'token' (400 bad_request).\n",
    });
  });
});

describe("sunroom user", () => {
  test("makes a user with everything that is said, and shows it", async () => {
    const made = await json<{ id: string }>(
      ...["user", "create", "jane@example.org", "--given-name", "Jane", "--surname", "Doe"],
      ...["--email", "jane@example.org", "--avatar-url", "https://example.org/j.png", "--locale", "en-CA"],
      ...["--signed-up-at", "2026-01-31T12:00:00.000Z", "--metadata", "plan=a=b", "--metadata", "seats:=3"],
    );
    expect(made).toMatchObject({
      externalId: "jane@example.org",
      signedUpAt: "2026-01-31T12:00:00.000Z",
      profile: {
        givenName: "Jane",
        surname: "Doe",
        email: "jane@example.org",
        avatarUrl: "https://example.org/j.png",
        locale: "en-CA",
      },
      metadata: { plan: "a=b", seats: 3 },
    });
    expect(await json("user", "get", "jane@example.org")).toEqual(made);
    expect(await json("user", "get", made.id)).toEqual(made);
    expect((await sunroom("user", "get", made.id)).stdout).toMatch(/^externalId +jane@example\.org$/m);
  });

  test("makes a user of whom nothing is said", async () => {
    expect(await json("user", "create")).toMatchObject({ profile: {}, metadata: {} });
  });

  test.each(["a/b?c#d", "100% +&=", "👋🏽 ümläut", "-x", "..."])("finds the externalId %j", async (externalId) => {
    const { stdout } = await sunroom("user", "create", "--json", "--", externalId);
    expect(JSON.parse((await sunroom("user", "get", "--json", "--", externalId)).stdout)).toEqual(JSON.parse(stdout));
  });

  test.each(["..", ".", ""])("never takes the name %j for what contains the user", async (name) => {
    const runs = [
      ["user", "get"],
      ["user", "delete", "--yes"],
      ["user", "export"],
      ["key", "delete"],
    ].map((words) => sunroom(...words, name));
    for (const run of await Promise.all(runs))
      expect(run).toEqual({
        code: 1,
        stdout: "",
        stderr: `No URL can hold the name "${name}"; use the id instead.\n`,
      });
    expect(await app.api.get(`/v2/apps/${app.id}`)).toMatchObject({ status: 200 });
  });

  test("keeps apart the users of brands", async () => {
    const made = await json<object>("user", "create", "branded", "--brand-id", "42");
    expect(await json("user", "get", "branded", "--brand-id", "42")).toEqual(made);
    expect(await sunroom("user", "get", "branded")).toMatchObject({ code: 1 });
  });

  test("shows no control characters to the terminal", async () => {
    await json("user", "create", "bell", "--given-name", "\u001b[2J\u0007");
    const { stdout } = await sunroom("user", "get", "bell");
    expect(stdout).toContain("\\u001b[2J\\u0007");
    expect(stdout.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });

  test("exports all that is stored about a person", async () => {
    const { user, conversationId } = await newPersonal(app);
    const device = newDevice(server, app, await newIntegration(app));
    await device.login(user.externalId);
    const texts = Array.from({ length: 130 }, (_, index) => `message ${index}`);
    for (const text of texts) await say(app, conversationId, text);
    const others = await Promise.all(
      Array.from({ length: 3 }, () =>
        newConversation(app, { type: "sdkGroup", participants: [{ userId: user.id, subscribeSDKClient: true }] }),
      ),
    );
    const { code, stdout } = await sunroom("user", "export", user.externalId);
    expect(code).toBe(0);
    const exported: {
      conversations: { id: string; participants: object[]; messages: { content: { text: string } }[] }[];
    } = JSON.parse(stdout);
    expect(exported).toMatchObject({
      exportedAt: expect.stringMatching(/^\d{4}-/),
      appId: app.id,
      user: { id: user.id, externalId: user.externalId },
      clients: [{ type: "sdk", status: "active" }],
      devices: [{ type: "web", guid: device.clientId }],
    });
    expect(exported.conversations.map((one) => one.id).sort()).toEqual([conversationId, ...others].sort());
    const [first, ...rest] = exported.conversations;
    expect(first).toMatchObject({ isDefault: true, participants: [{ userId: user.id }] });
    expect(first?.messages.map((message) => message.content.text)).toEqual(texts);
    for (const one of rest) expect(one).toMatchObject({ participants: [{ userId: user.id }], messages: [] });
  });

  test("deletes a user only when told that it is meant", async () => {
    const made = await json<{ id: string }>("user", "create", "a/b to delete");
    expect(await sunroom("user", "delete", "a/b to delete")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("add --yes"),
    });
    expect(await json("user", "get", made.id)).toEqual(made);
    expect(await json("user", "delete", "a/b to delete", "--yes")).toEqual({ id: made.id, deleted: true });
    expect(await sunroom("user", "get", made.id)).toMatchObject({ code: 1 });
  });
});

describe("sunroom token", () => {
  const login = async (token: string, userId: string) =>
    newDevice(server, app, await newIntegration(app)).login(userId, undefined, token);

  test("signs nothing for nobody", async () => {
    expect(await sunroom("token", "")).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("A token is for somebody with an externalId."),
    });
  });

  test("is all that is printed, and signs the person in", async () => {
    const { code, stdout } = await sunroom("token", "signed-in@example.org", "--email", "e@example.org", "--name", "E");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(await login(stdout.trim(), "signed-in@example.org")).toMatchObject({
      status: 200,
      body: { appUser: { userId: "signed-in@example.org" } },
    });
  });

  test("says when it expires, and is signed by the app's own key where that is the one given", async () => {
    const environment = { SUNROOM_URL: server.url, SUNROOM_KEY_ID: app.key.id, SUNROOM_KEY_SECRET: app.key.secret };
    const { stdout } = await runSunroom(["token", "short", "--expires-in", "60", "--json"], environment);
    const made = JSON.parse(stdout);
    expect(made).toMatchObject({ externalId: "short", keyId: app.key.id });
    const claims = JSON.parse(Buffer.from(made.token.split(".")[1], "base64url").toString());
    expect(claims).toMatchObject({ scope: "user", external_id: "short", exp: claims.iat + 60 });
    expect(new Date(made.expiresAt).getTime()).toBe(claims.exp * 1000);
    expect(await login(made.token, "short")).toMatchObject({ status: 200 });
  });

  test("needs a key of the app", async () => {
    const made = await json<{ id: string }>("app", "create", "Without keys");
    expect(await sunroom("token", "x", "--app", made.id)).toMatchObject({
      code: 1,
      stderr: `The app ${made.id} has no key to sign with; make one with sunroom key create.\n`,
    });
  });
});

describe("what cannot be done is one sentence on stderr and exit code 1:", () => {
  const withKey = { SUNROOM_KEY_ID: "act_x", SUNROOM_KEY_SECRET: "hidden-secret" };

  test.each([
    ["an unknown user", ["user", "get", "nobody"], "User not found (404 user_not_found).\n"],
    ["an unknown app", ["user", "get", "x", "--app", "0".repeat(24)], "App not found (404 app_not_found).\n"],
    ["a duplicate", ["user", "create", "jane"], "User already exists (409 conflict).\n"],
    [
      "a body with several faults",
      ["user", "create", "--email", "nobody", "--locale", ""],
      'profile.email should match format "email"; profile.locale should NOT be shorter than 1 characters (400 bad_request).\n',
    ],
  ])("%s", async (_, parameters, stderr) => {
    await app.api.post(`/v2/apps/${app.id}/users`, { externalId: "jane" });
    expect(await sunroom(...parameters)).toEqual({ code: 1, stdout: "", stderr });
  });

  test("a key that is not known, whose secret is not repeated", async () => {
    const { code, stderr } = await runSunroom(["app", "list"], { SUNROOM_URL: server.url, ...withKey });
    expect(code).toBe(1);
    expect(stderr).toBe(`${server.url} does not accept the key act_x: Invalid credentials.\n`);
  });

  test("a key that may not", async () => {
    const environment = { SUNROOM_URL: server.url, SUNROOM_KEY_ID: app.key.id, SUNROOM_KEY_SECRET: app.key.secret };
    expect(await runSunroom(["app", "list"], environment)).toMatchObject({
      code: 1,
      stderr: `The key ${app.key.id} may not do that: Forbidden.\n`,
    });
  });

  test("a server that does not answer", async () => {
    expect(await runSunroom(["app", "list"], { SUNROOM_URL: "http://127.0.0.1:9", ...withKey })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Nothing answers at http:\/\/127\.0\.0\.1:9.*\n$/),
    });
  });

  test("a server that is another", async () => {
    const other = createServer((_, response) => response.writeHead(200).end("<html>"));
    const url = await listening(other);
    expect(await runSunroom(["app", "list"], { SUNROOM_URL: url, ...withKey })).toMatchObject({
      code: 1,
      stderr: `${url} answered 200, but not as Sunroom does; is the URL right?\n`,
    });
    await new Promise((resolve) => other.close(resolve));
  });

  test("no server, and none named", async () => {
    expect(await runSunroom(["app", "list"], {}, tmpdir())).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^No local server/),
    });
  });
});

describe("a wrong command line is one sentence on stderr and exit code 2:", () => {
  test.each([
    [[], 'There is no command. "sunroom help" shows how it is used.\n'],
    [["frob"], 'There is no command "frob". "sunroom help" shows how it is used.\n'],
    [["user"], 'sunroom user needs one word more. "sunroom user --help" shows how it is used.\n'],
    [["user", "frob"], 'There is no command "user frob". "sunroom help" shows how it is used.\n'],
    [["user", "get"], 'sunroom user get needs <userIdOrExternalId>. "sunroom user get --help" shows how it is used.\n'],
    [
      ["user", "get", "a", "b"],
      'sunroom user get does not take "b". "sunroom user get --help" shows how it is used.\n',
    ],
    [
      ["app", "list", "--yes"],
      'sunroom app list has no option --yes. "sunroom app list --help" shows how it is used.\n',
    ],
    [["app", "list", "--frob"], "Unknown option '--frob'. \"sunroom help\" shows how it is used.\n"],
    [
      ["user", "create", "--given-name", "-1"],
      "Option '--given-name' argument is ambiguous. To specify an option argument starting with a dash use '--given-name=-XYZ'. \"sunroom help\" shows how it is used.\n",
    ],
    [["user", "create", "--metadata", "x"], /^"x" is not of the form name=value/],
    [["user", "create", "--metadata", "x:=y"], /^The value of x is not JSON/],
    [["token", "x", "--expires-in", "soon"], /^--expires-in is "soon"/],
    [["app", "list", "--url", "localhost:3000"], /^"localhost:3000" is no URL of a server/],
    [["app", "list", "--url", "http://a:hidden@localhost"], /^The URL of localhost is to have neither credentials nor/],
  ])("%j", async (parameters, stderr) => {
    const run = await sunroom(...parameters);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    if (typeof stderr === "string") expect(run.stderr).toBe(stderr);
    else expect(run.stderr).toMatch(stderr);
  });

  test("a key without its secret, and a secret without its key", async () => {
    const url = { SUNROOM_URL: server.url };
    expect(await runSunroom(["app", "list", "--key-id", "act_x"], url)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("set SUNROOM_KEY_SECRET as well"),
    });
    expect(await runSunroom(["app", "list"], { ...url, SUNROOM_KEY_SECRET: "hidden" })).toMatchObject({
      code: 2,
      stderr: expect.not.stringContaining("hidden"),
    });
    expect(await runSunroom(["app", "list"], url)).toMatchObject({ code: 2 });
  });

  test("no app named where there are several, or where the key may not list them", async () => {
    const account = {
      SUNROOM_URL: server.url,
      SUNROOM_KEY_ID: server.accountKey.id,
      SUNROOM_KEY_SECRET: server.accountKey.secret,
    };
    await server.newApp();
    const several = await runSunroom(["user", "get", "x"], account);
    expect(several).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^There are several apps; say which, .+\n( {2}\w{24} {2}.+\n){2,}"sunroom user get/,
      ),
    });
    expect(several.stderr).toContain(`  ${app.id}  `);
    const own = { SUNROOM_URL: server.url, SUNROOM_KEY_ID: app.key.id, SUNROOM_KEY_SECRET: app.key.secret };
    expect(await runSunroom(["user", "get", "x"], own)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--app"),
    });
    expect(await runSunroom(["user", "create", "--app", app.id], own)).toMatchObject({ code: 0 });
  });
});

describe("sunroom help", () => {
  test.each([
    [["help"]],
    [["--help"]],
    [["help", "user"]],
    [["user", "--help"]],
    [["user", "get", "--help"]],
    [["help", "token"]],
  ])("%j teaches by example", async (parameters) => {
    const { code, stdout, stderr } = await runSunroom(parameters);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^ {2}sunroom (user|token) .*\S$/m);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(140);
  });

  test("shows only commands that there are, with parameters and options that they take", async () => {
    const { stdout } = await runSunroom(["help"]);
    const names = [...stdout.matchAll(/^ {2}((?:app|key|integration|webhook|user|people|account) \w+|token) /gm)].map(
      ([, name = ""]) => name,
    );
    expect(names.length).toBe(27);
    const helps = await Promise.all(names.map((name) => runSunroom([...name.split(" "), "--help"])));
    for (const help of helps) expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining("Examples:") });
  });
});

describe("beside a local server", () => {
  test("finds it and its key, and the only app", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sunroom-"));
    const local = await startLocal(directory);
    try {
      const said = async (...parameters: string[]) => {
        const { code, stdout, stderr } = await runSunroom([...parameters, "--json"], {}, directory);
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
        return JSON.parse(stdout);
      };
      expect(await runSunroom(["user", "create"], {}, directory)).toMatchObject({
        code: 1,
        stderr: 'There is no app yet; make one with sunroom app create "My app".\n',
      });
      const made = await said("app", "create", "My app");
      const key = await said("key", "create", "My key");
      const user = await said("user", "create", "jane");
      const url = /ready at (\S+)/.exec(local.stdout())?.[1] ?? "";
      expect(await caller(url, key).get(`/v2/apps/${made.id}/users/jane`)).toMatchObject({ body: { user } });
      expect(
        await runSunroom(["app", "list", "--key-id", "act_x"], { SUNROOM_KEY_SECRET: "x" }, directory),
      ).toMatchObject({ code: 1, stderr: expect.stringContaining("does not accept the key act_x") });
    } finally {
      local.kill("SIGTERM");
      await local.exited;
    }
    expect(await runSunroom(["app", "list"], {}, directory)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^No local server keeps its data here.*--memory.*--url/),
    });
    rmSync(directory, { recursive: true });
  });

  test("finds its key where that came from the environment", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sunroom-"));
    const key = { ACCOUNT_KEY_ID: "act_mine", ACCOUNT_KEY_SECRET: "of-my-own" };
    const local = await startLocal(directory, key);
    expect(await runSunroom(["app", "list"], key, directory)).toMatchObject({ code: 0 });
    expect(await runSunroom(["app", "list"], {}, directory)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("set SUNROOM_KEY_ID and SUNROOM_KEY_SECRET"),
    });
    local.kill("SIGTERM");
    await local.exited;
    rmSync(directory, { recursive: true });
  });
});
