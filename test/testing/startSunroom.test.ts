import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeEach, describe, expect, expectTypeOf, test } from "vitest";
import type { ChannelType } from "../../lib/model/channel.ts";
import { type Channel, type Sunroom, startSunroom, type TestApp } from "../../lib/testing/startSunroom.ts";

const directory = mkdtempSync(join(tmpdir(), "sunroom-testing-"));
const sunroom = await startSunroom();
afterAll(async () => {
  await sunroom.stop();
  rmSync(directory, { recursive: true, force: true });
});

let app: TestApp;
beforeEach(async () => {
  await sunroom.reset();
  app = await sunroom.createApp();
});

/** Calls a stand-in's API with the key of an app. */
async function call(
  { url }: Sunroom,
  { id, authorization }: TestApp,
  routeKey: string,
  body?: object,
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, Record<string, unknown>>> }> {
  const [method = "", path = ""] = routeKey.split(" ");
  const answer = await fetch(`${url}/v2/apps/${id}${path}`, {
    method,
    headers: { authorization, "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, body: (await answer.json()) as never };
}

const createUser = (at: Sunroom, inApp: TestApp, externalId: string) => call(at, inApp, "POST /users", { externalId });

/** Answers a business's message to a person's conversation. */
const answer = (conversationId: unknown, text: string) =>
  call(sunroom, app, `POST /conversations/${conversationId}/messages`, {
    author: { type: "business" },
    content: { type: "text", text },
  });

const textsOf = async () =>
  (await sunroom.events())
    .filter(({ type }) => type === "conversation:message")
    .map(({ payload }) => payload.message?.content.text);

describe("an app", () => {
  test("is made with a key that works in it, and in no other app", async () => {
    const other = await sunroom.createApp({ displayName: "Other" });
    expect((await createUser(sunroom, app, "jane")).status).toBe(201);
    expect((await createUser(sunroom, { ...app, id: other.id }, "jane")).status).toBe(403);
    expect(app.authorization).toBe(`Basic ${btoa(`${app.key.id}:${app.key.secret}`)}`);
  });

  test("that the API refuses is an error with the API's reason", async () => {
    await expect(sunroom.createApp({ displayName: "" })).rejects.toThrow(
      /^POST \/v2\/apps answered 400: .*displayName/,
    );
  });
});

describe("a reset", () => {
  test("deletes users, apps, keys and events, and what was set", async () => {
    await createUser(sunroom, app, "jane");
    await sunroom.deliver("telegram", "15550100", "Hi");
    await sunroom.fail({ status: 503 });
    await sunroom.clock.set("2030-01-31T12:00:00Z");
    await sunroom.reset();
    expect((await createUser(sunroom, app, "jane")).status).toBe(401);
    expect(await sunroom.events()).toEqual([]);
    expect(await sunroom.outbox()).toEqual([]);
    expect(await sunroom.control("GET", "clock")).toEqual({});
  });
});

describe("a delivery", () => {
  test("makes a person's user, and an integration of the channel where there is none", async () => {
    const { userId = "", ...delivered } = await sunroom.deliver("telegram", { id: "15550100", name: "Jane" }, "Hi");
    expect(delivered).toMatchObject({ status: 200, appId: app.id, reasons: [] });
    const { body } = await call(sunroom, app, `GET /users/${userId}`);
    expect(body.user?.profile).toMatchObject({ givenName: "Jane" });
    expect(await textsOf()).toEqual(["Hi"]);
  });

  test("goes to the app that is named", async () => {
    const other = await sunroom.createApp();
    expect(await sunroom.deliver("line", "U15550100", "Hi", { appId: other.id })).toMatchObject({ appId: other.id });
    await expect(sunroom.deliver("line", "U15550100", "Hi", { appId: "none" })).rejects.toThrow(
      "There is no app none.",
    );
  });

  test("can be answered, and the answer lies in the outbox", async () => {
    await sunroom.deliver("telegram", "15550100", "Hi");
    const [{ payload } = { payload: undefined }] = await sunroom.events();
    await answer(payload?.conversation?.id, "Hello!");
    expect(await sunroom.outbox()).toMatchObject([
      { channel: "telegram", message: { personId: "15550100", text: "Hello!" } },
    ]);
  });

  test("can be made on every channel that the product has", () => {
    expectTypeOf<Channel>().toEqualTypeOf<ChannelType>();
  });
});

test("events wait for all that was committed before", async () => {
  await sunroom.deliver("telegram", "15550100", "0");
  const [{ payload } = { payload: undefined }] = await sunroom.events();
  const expected = ["0"];
  for (let number = 1; number <= 20; number++) {
    await answer(payload?.conversation?.id, String(number));
    expected.push(String(number));
    expect(await textsOf()).toEqual(expected);
  }
});

describe("the clock", () => {
  const signedUpAt = async (externalId: string) => (await createUser(sunroom, app, externalId)).body.user?.signedUpAt;

  test("stands where it is set, and is put forward from there", async () => {
    await sunroom.clock.set(new Date("2030-01-31T12:00:00Z"));
    expect(await signedUpAt("first")).toBe("2030-01-31T12:00:00.000Z");
    await sunroom.clock.advance(90_000);
    expect(await signedUpAt("second")).toBe("2030-01-31T12:01:30.000Z");
  });

  test("runs ahead when it is put forward without having been set, and is restored", async () => {
    const day = 86_400_000;
    await sunroom.clock.advance(day);
    await sunroom.clock.advance(day);
    expect(Date.parse(String(await signedUpAt("first"))) - Date.now()).toBeGreaterThan(day);
    await sunroom.clock.restore();
    expect(Date.parse(String(await signedUpAt("second")))).toBeLessThanOrEqual(Date.now());
  });
});

test("calls go wrong as often as they are to, and are listed", async () => {
  await sunroom.fail({ match: { operation: "createUser" }, status: 503, times: 1 });
  expect((await createUser(sunroom, app, "jane")).status).toBe(503);
  expect((await createUser(sunroom, app, "jane")).status).toBe(201);
  const statuses = (await sunroom.requests())
    .filter(({ operation }) => operation === "createUser")
    .map(({ response }) => response?.status);
  expect(statuses).toEqual([503, 201]);
});

test("a snapshot is gone back to", async () => {
  await createUser(sunroom, app, "jane");
  await sunroom.snapshot("one-user");
  await createUser(sunroom, app, "joe");
  await sunroom.restore("one-user");
  expect((await call(sunroom, app, "GET /users/jane")).status).toBe(200);
  expect((await call(sunroom, app, "GET /users/joe")).status).toBe(404);
});

describe("several stand-ins of one process", () => {
  test("share nothing, and one goes on when another ends", async () => {
    const others = await Promise.all([startSunroom(), startSunroom()]);
    const apps = await Promise.all(others.map((other) => other.createApp()));
    expect(new Set([sunroom, ...others].map(({ url }) => url)).size).toBe(3);
    const [first, second] = others;
    await first?.stop();
    expect(await second?.events()).toEqual([]);
    expect((await createUser(sunroom, app, "jane")).status).toBe(201);
    const statuses = await Promise.all(apps.map((other) => createUser(sunroom, other, "jane")));
    expect(statuses.map(({ status }) => status)).toEqual([401, 401]);
    await second?.stop();
  });
});

describe("a stand-in", () => {
  test("begins with what a seed file says, and goes back to it", async () => {
    const seed = join(directory, "seed.json");
    const apps = [{ id: "5f9f9f9f9f9f9f9f9f9f9f9f", displayName: "Bookshop", users: [{ externalId: "jane" }] }];
    writeFileSync(seed, JSON.stringify({ apps }));
    await using seeded = await startSunroom({ seed });
    await seeded.reset();
    const { accountKey } = seeded;
    const account = {
      id: apps[0]?.id ?? "",
      key: accountKey,
      authorization: `Basic ${btoa(`${accountKey.id}:${accountKey.secret}`)}`,
    };
    expect((await call(seeded, account, "GET /users/jane")).status).toBe(200);
  });

  test("that cannot start says why", async () => {
    await expect(startSunroom({ environment: { PUBLIC_URL: "nowhere" } })).rejects.toThrow(
      'Sunroom cannot start. PUBLIC_URL is "nowhere", which is not a base URL like https://abc123.example.org.',
    );
    const seed = join(directory, "wrongSeed.json");
    writeFileSync(seed, '{"app":[]}');
    await expect(startSunroom({ seed })).rejects.toThrow(
      "Sunroom cannot start. The seed cannot be made: The seed has no field app, only apps.",
    );
  });

  test("does not start where a channel is pointed to what is no URL", async () => {
    await expect(startSunroom({ environment: { TELEGRAM_API_URL: "nowhere" } })).rejects.toThrow(
      "Sunroom cannot start. The environment variable TELEGRAM_API_URL must be a base URL like https://proxy.example.org/telegram.",
    );
  });

  test("knows nothing of the settings of the program that is tested", async () => {
    const script = `
      const { startSunroom } = await import(${JSON.stringify(entry)});
      const sunroom = await startSunroom();
      console.log((await sunroom.createApp()).id);
      await sunroom.stop();`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
      env: { ...process.env, DYNAMODB_ENDPOINT: "http://127.0.0.1:1", PORT: "1", TELEGRAM_API_URL: "no address" },
    });
    expect(stdout).toMatch(/^[0-9a-f]{24}\n$/);
  });
});

const entry = new URL("../../lib/testing/startSunroom.ts", import.meta.url).href;

describe("what is left", () => {
  test.each([
    ["when it is stopped", "await sunroom.stop();"],
    ["when its program ends without stopping it", ""],
    ["when its program is killed", 'process.kill(process.pid, "SIGKILL");'],
  ])("is neither a process nor a folder, %s", async (name, ending) => {
    const temporary = join(directory, name.replaceAll(" ", "-"));
    mkdirSync(temporary);
    const script = `
      const { startSunroom } = await import(${JSON.stringify(entry)});
      const sunroom = await startSunroom();
      await sunroom.createApp();
      console.log(JSON.stringify(await (await fetch(sunroom.url + "/local/control/health")).json()));
      ${ending}`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (text) => {
      output += text;
    });
    await new Promise((resolve) => child.once("close", resolve));
    expect(output).toBe('{"status":"ready"}\n');
    // The stand-in removes its folder last.
    const left = () => readdirSync(temporary).filter((file) => file.startsWith("sunroom-"));
    await expect.poll(left, { timeout: 60_000 }).toEqual([]);
  });
});
