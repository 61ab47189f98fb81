import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openDb } from "../../lib/db/db.ts";
import { deletedAppKey } from "../../lib/db/keys.ts";
import { getItems } from "../../lib/db/readItems.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import { signedDelivery } from "../../lib/local/channelSamples.ts";
import { createTable } from "../../lib/local/createTable.ts";
import { type Caller, type Credentials, caller } from "../support/caller.ts";
import { engineEndpoint } from "../support/engineEndpoint.ts";
import { engineRuns, type LocalProcess, startLocal } from "../support/startLocal.ts";
import { whatsappChange } from "../support/whatsappPayload.ts";

let directory: string;
let started: LocalProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sunroom-"));
});
afterEach(async () => {
  for (const local of started) local.kill("SIGTERM");
  await Promise.all(started.map((local) => local.exited));
  started = [];
  rmSync(directory, { recursive: true, force: true });
});

async function start(environment?: Record<string, string>, ...options: string[]): Promise<LocalProcess> {
  const local = await startLocal(directory, environment, ...options);
  started.push(local);
  return local;
}

const urlOf = (local: LocalProcess) => /ready at (\S+)/.exec(local.stdout())?.[1] ?? "";
const keyOf = (local: LocalProcess): Credentials => ({
  id: /key id +(\S+)/.exec(local.stdout())?.[1] ?? "",
  secret: /key secret +(\S+)/.exec(local.stdout())?.[1] ?? "",
});
const accountOf = (local: LocalProcess): Caller => caller(urlOf(local), keyOf(local));
const appsOf = async (local: LocalProcess) =>
  (await accountOf(local).get<{ apps: { displayName: string }[] }>("/v2/apps")).body.apps.map((app) => app.displayName);

describe("npm start", () => {
  test("prints an account key, made at random, that works", async () => {
    const local = await start();
    expect(keyOf(local)).toEqual({
      id: expect.stringMatching(/^act_[0-9a-f]{24}$/),
      secret: expect.stringMatching(/^[\w-]{43,}$/),
    });
    expect(await appsOf(local)).toEqual([]);
  });

  test("prints commands that make an app, a key and a user", async () => {
    const local = await start();
    const commands = local.stdout().slice(local.stdout().indexOf("API="));
    const printed = execFileSync("bash", ["-c", commands], { encoding: "utf8" });
    expect(printed).toMatch(/"user":\{.*"externalId":"your-own-id".* app [0-9a-f]{24} key app_[0-9a-f]{24}:\S+/);
  });

  test("prints the events of a channel's delivery, whose user no answer names, and why a refused one has none", async () => {
    const local = await start();
    const account = accountOf(local);
    const { body: made } = await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "My app" });
    const { body: connected } = await account.post<{
      integration: { webhookUrl: string; secretToken: string };
    }>(`/v2/apps/${made.app.id}/integrations`, { type: "telegram", token: "123:abc" });
    const from = { id: 7, is_bot: false, first_name: "Jane" };
    const chat = { id: 7, type: "private", first_name: "Jane" };
    const message = { message_id: 1, date: 1_700_000_000, from, chat, text: "Hello" };
    const deliver = (secret: string) =>
      fetch(connected.integration.webhookUrl, {
        method: "POST",
        headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": secret },
        body: JSON.stringify({ update_id: 1, message }),
      });
    await deliver("another");
    await deliver(connected.integration.secretToken);
    const created = () =>
      /^event conversation:create \w+ of user (\w+), conversation (\w+), app (\w+)$/m.exec(local.stdout());
    const told = () =>
      /^event conversation:message \w+ of user (\w+), conversation (\w+), app (\w+)$/m.exec(local.stdout());
    await vi.waitFor(() => expect([created(), told()]).not.toContain(null), { timeout: 60_000, interval: 20 });
    const [, userId, conversationId, appId] = told() ?? [];
    expect(created()?.slice(1)).toEqual([userId, conversationId, appId]);
    expect(appId).toBe(made.app.id);
    expect(await account.get(`/v2/apps/${made.app.id}/users/${userId}`)).toMatchObject({
      status: 200,
      body: { user: { profile: { givenName: "Jane" } } },
    });
    const answers = [...local.stdout().matchAll(/^(\d+) POST \/webhooks\/\w+ \d+ ms(?: \((.+)\))?$/gm)];
    expect(answers.map(([, ...parts]) => parts)).toEqual([
      ["401", "the secret token does not match"],
      ["200", undefined],
    ]);
    expect(local.stdout()).not.toMatch(/Jane|Hello/);
  });

  test("sends an SDK on to the host that it asked, while channels are told of one and the same; PUBLIC_URL goes before both", async () => {
    const addresses = async (local: LocalProcess) => {
      const account = accountOf(local);
      const { body: made } = await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "My app" });
      const integrations = `/v2/apps/${made.app.id}/integrations`;
      const { body: web } = await account.post<{ integration: { id: string } }>(integrations, { type: "web" });
      const asked = urlOf(local).replace("localhost", "127.0.0.1");
      const channel = await caller(asked, keyOf(local)).post<{ integration: { webhookUrl: string } }>(integrations, {
        type: "telegram",
        token: "123:abc",
      });
      const { body } = await caller(asked).get<{ config: { baseUrl: { web: string } } }>(
        `/sdk/v2/integrations/${web.integration.id}/config`,
      );
      return [body.config.baseUrl.web, new URL(channel.body.integration.webhookUrl).origin];
    };
    const plain = await start();
    const url = urlOf(plain);
    expect(await addresses(plain)).toEqual([`${url.replace("localhost", "127.0.0.1")}/sdk`, url]);
    plain.kill("SIGTERM");
    await plain.exited;
    const tunnel = "https://tunnel.example";
    expect(await addresses(await start({ PUBLIC_URL: tunnel }))).toEqual([`${tunnel}/sdk`, tunnel]);
  });

  test("says why a channel's delivery that was acknowledged made nobody", async () => {
    const local = await start();
    const account = accountOf(local);
    const { body: made } = await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "My app" });
    const fields = { pageAccessToken: "t", appId: "1", appSecret: "secret", businessId: "28978671000000001" };
    const { body: connected } = await account.post<{ integration: { webhookUrl: string } }>(
      `/v2/apps/${made.app.id}/integrations`,
      { type: "instagram", ...fields },
    );
    const other = "17841477000000001";
    const said = {
      sender: { id: "1521000000000001" },
      recipient: { id: other },
      timestamp: 1784000000000,
      message: { mid: "m1", text: "hi" },
    };
    const payload = { object: "instagram", entry: [{ id: other, time: 1784000000, messaging: [said] }] };
    const target = { credentials: fields, publicUrl: connected.integration.webhookUrl, now: new Date() };
    const { headers, body } = signedDelivery("instagram", payload, target);
    expect((await fetch(connected.integration.webhookUrl, { method: "POST", headers, body })).status).toBe(200);
    const line = /^200 POST \/webhooks\/\w+ \d+ ms \(of another account 17841477000000001\)$/m;
    await vi.waitFor(() => expect(local.stdout()).toMatch(line), { timeout: 60_000, interval: 20 });
  });

  test("tells its page the user of a delivery by what is stored: who got an old number, not who had it before", async () => {
    const local = await start();
    const account = accountOf(local);
    const { body: made } = await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "My app" });
    const { body: connected } = await account.post<{ integration: { webhookUrl: string } }>(
      `/v2/apps/${made.app.id}/integrations`,
      { type: "whatsapp", appSecret: "secret" },
    );
    const { host } = new URL(urlOf(local));
    /** Delivers, and answers the given name of the user that the page is told. */
    const deliver = async (value: object) => {
      const body = JSON.stringify(whatsappChange(value));
      const signature = createHmac("sha256", "secret").update(body).digest("hex");
      const headers = { "content-type": "application/json", "x-hub-signature-256": `sha256=${signature}` };
      expect((await fetch(connected.integration.webhookUrl, { method: "POST", headers, body })).status).toBe(200);
      const path = new URL(connected.integration.webhookUrl).pathname;
      const asked = { body: { path, headers, body }, headers: { host, origin: `http://${host}` } };
      const told = await caller(urlOf(local)).send<{ userId: string }>("POST", "/local/person", asked);
      const user = `/v2/apps/${made.app.id}/users/${told.body.userId}`;
      return (await account.get<{ user: { profile: { givenName: string } } }>(user)).body.user.profile.givenName;
    };
    const text = (...said: readonly (readonly [from: string, text: string])[]) => ({
      contacts: said.map(([from, name]) => ({ wa_id: from, profile: { name } })),
      messages: said.map(([from, body]) => ({ from, id: body, timestamp: "1749416383", type: "text", text: { body } })),
    });
    const names = [
      await deliver(text(["491700000301", "Lu"])),
      await deliver({
        messages: [
          {
            from: "491700000301",
            id: "change",
            timestamp: "1749416384",
            type: "system",
            system: { type: "user_changed_number", wa_id: "491700000302" },
          },
        ],
      }),
      await deliver(text(["491700000301", "Stranger"])),
      await deliver(text(["491700000302", "Lu again"], ["491700000303", "Third"])),
      await deliver(text(["491700000301", "Lu"])),
    ];
    expect(names).toEqual(["Lu", "Lu", "Stranger", "Lu", "Lu"]);
  });

  test("names the page to try things on and the documentation, and both answer", async () => {
    const local = await start();
    for (const name of ["Try the four ways", "API documentation"]) {
      const address = new RegExp(`${name} +(\\S+)`).exec(local.stdout())?.[1] ?? "";
      expect((await fetch(address)).headers.get("content-type")).toBe("text/html; charset=utf-8");
    }
  });

  test("uses the account key it is given", async () => {
    const local = await start({ ACCOUNT_KEY_ID: "act_mine", ACCOUNT_KEY_SECRET: "of-my-own" });
    expect(keyOf(local)).toEqual({ id: "act_mine", secret: "of-my-own" });
    expect(await appsOf(local)).toEqual([]);
  });

  test("keeps data and key when it is started again, and begins anew with --fresh", async () => {
    const first = await start();
    await accountOf(first).post("/v2/apps", { displayName: "Kept" });
    first.kill("SIGINT");
    await first.exited;
    const second = await start();
    expect(keyOf(second)).toEqual(keyOf(first));
    expect(await appsOf(second)).toEqual(["Kept"]);
    second.kill("SIGINT");
    await second.exited;
    const third = await start({}, "--fresh");
    expect(keyOf(third)).not.toEqual(keyOf(first));
    expect(await appsOf(third)).toEqual([]);
  });

  test("keeps its data in the engine at DYNAMODB_ENDPOINT, and --fresh deletes it there", async () => {
    const endpoint = { DYNAMODB_ENDPOINT: engineEndpoint() };
    const first = await start(endpoint);
    await accountOf(first).post("/v2/apps", { displayName: "Elsewhere" });
    expect(engineRuns(directory)).toBe(false);
    first.kill("SIGTERM");
    await first.exited;
    const second = await start(endpoint);
    expect(await appsOf(second)).toEqual(["Elsewhere"]);
    second.kill("SIGTERM");
    await second.exited;
    expect(await appsOf(await start(endpoint, "--fresh"))).toEqual([]);
  });
});

describe("a deletion of an app that was interrupted", () => {
  test("goes on when the server is started", async () => {
    const appId = "a".repeat(24);
    const db = openDb("sunroom", engineEndpoint());
    await createTable(engineEndpoint(), "sunroom");
    const user = { pk: `user#${appId}#1`, sk: "user" };
    await putItem(db, user);
    await putItem(db, { ...deletedAppKey(appId), id: appId, deletedAt: "2026-01-01T00:00:00.000Z" });
    const local = await start({ DYNAMODB_ENDPOINT: engineEndpoint() });
    await vi.waitFor(
      async () => expect(await getItems(db, [user, deletedAppKey(appId)])).toEqual([undefined, undefined]),
      {
        timeout: 60_000,
        interval: 20,
      },
    );
    expect(local.stderr()).toBe("");
  });
});

describe("the data directory", () => {
  /** Every file and folder below a path, with its permissions. */
  const modesBelow = (path: string): readonly string[] =>
    readdirSync(path, { recursive: true, withFileTypes: true }).map((entry) => {
      const full = join(entry.parentPath, entry.name);
      return `${entry.isDirectory() ? "folder" : "file"} ${(statSync(full).mode & 0o777).toString(8)}`;
    });

  test("is its owner's alone, also where it was there with wider permissions", async () => {
    const data = join(directory, ".local");
    mkdirSync(join(data, "queue"), { recursive: true, mode: 0o755 });
    for (const name of ["account-key.json", "queue/1.txt"]) writeFileSync(join(data, name), "", { mode: 0o644 });
    chmodSync(data, 0o755);
    const local = await start();
    await accountOf(local).post("/v2/apps", { displayName: "Private" });
    expect((statSync(data).mode & 0o777).toString(8)).toBe("700");
    expect(new Set(modesBelow(data))).toEqual(new Set(["folder 700", "file 600"]));
    expect(readdirSync(data)).toEqual(expect.arrayContaining(["sunroom.db", "local-key", "running.json"]));
  });

  test("holds no secret in clear but in the files that are for it", async () => {
    const local = await start();
    const account = accountOf(local);
    const { body: made } = await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "Visible name" });
    const keys = `/v2/apps/${made.app.id}/keys`;
    const { body } = await account.post<{ key: Credentials }>(keys, { displayName: "Key" });
    const { body: connected } = await account.post<{ integration: { secretToken: string } }>(
      `/v2/apps/${made.app.id}/integrations`,
      { type: "telegram", token: "123:canary-token" },
    );
    const secrets = [body.key.secret, "canary-token", connected.integration.secretToken, keyOf(local).secret];
    const stored = readdirSync(join(directory, ".local"))
      .filter((name) => name.startsWith("sunroom.db"))
      .map((name) => readFileSync(join(directory, ".local", name), "latin1"))
      .join("");
    expect(stored).toContain("Visible name");
    expect(secrets.filter((secret) => stored.includes(secret))).toEqual([]);
    local.kill("SIGKILL");
    await local.exited;
    // The keys open everything again.
    const again = await start();
    expect(await caller(urlOf(again), body.key).get(`/v2/apps/${made.app.id}`)).toMatchObject({ status: 200 });
  });

  test("is one server's: of several started at once the others are refused, also after one was killed", async () => {
    for (const _ of ["at first", "after it was killed"]) {
      const locals = await Promise.all([start(), start(), start()]);
      const running = locals.filter((local) => local.stdout().includes("is ready"));
      expect(running).toHaveLength(1);
      for (const local of locals.filter((one) => !running.includes(one))) {
        expect(await local.exited).toBe(1);
        expect(local.stderr()).toMatch(
          /^Sunroom cannot start\. Sunroom is (starting or )?running already [^\n]*; stop it first\.\n$/,
        );
      }
      running[0]?.kill("SIGKILL");
      await running[0]?.exited;
    }
  });

  test("that is none is named", async () => {
    writeFileSync(join(directory, ".local"), "");
    const local = await start();
    expect(await local.exited).toBe(1);
    expect(local.stderr()).toMatch(
      /^Sunroom cannot start\. The data cannot be kept in \S+\. \S+ cannot be written: a part of its path is a file\.\n$/,
    );
  });
});

describe("however the server ends, its engine ends with it", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("in good order on %s", async (signal) => {
    const local = await start();
    expect(engineRuns(directory)).toBe(process.platform === "linux");
    local.kill(signal);
    expect(await local.exited).toBe(0);
    expect(engineRuns(directory)).toBe(false);
  });

  test("even when it is killed outright, and it starts again with its data", async () => {
    const local = await start();
    await accountOf(local).post("/v2/apps", { displayName: "Survives" });
    local.kill("SIGKILL");
    await local.exited;
    await vi.waitFor(() => expect(engineRuns(directory)).toBe(false), { timeout: 60_000, interval: 20 });
    expect(await appsOf(await start())).toEqual(["Survives"]);
  });
});

describe("what keeps it from starting is one sentence on stderr and exit code 1", () => {
  /** The one line that was printed; the data directory is left without an engine. */
  async function refusal(environment: Record<string, string>, ...options: string[]): Promise<string> {
    const local = await start(environment, ...options);
    expect(await local.exited).toBe(1);
    expect(local.stderr().trimEnd().split("\n")).toHaveLength(1);
    return local.stderr();
  }

  test("a port in use", async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) =>
      other.listen(0, "127.0.0.1", () => {
        const address = other.address();
        resolve(typeof address === "object" && address ? address.port : 0);
      }),
    );
    expect(await refusal({ PORT: String(port) })).toContain(`Port ${port} is in use`);
    other.close();
    await vi.waitFor(() => expect(engineRuns(directory)).toBe(false), { timeout: 60_000, interval: 20 });
  });

  test("an endpoint where nothing answers", async () => {
    expect(await refusal({ DYNAMODB_ENDPOINT: "http://127.0.0.1:9" })).toContain("nothing answers there");
  });

  test("an endpoint that is no DynamoDB", async () => {
    const other = await start();
    const elsewhere = mkdtempSync(join(tmpdir(), "sunroom-"));
    const local = await startLocal(elsewhere, { DYNAMODB_ENDPOINT: urlOf(other) });
    expect(await local.exited).toBe(1);
    expect(local.stderr()).toContain("does not answer as DynamoDB does");
    rmSync(elsewhere, { recursive: true });
  });

  test("a server that runs already on the same data, also for --fresh", async () => {
    const running = await start();
    expect(await refusal({}, "--fresh")).toContain(`running already at ${urlOf(running)}`);
    expect(await appsOf(running)).toEqual([]);
  });

  test.each([
    ["a port that is none", { PORT: "eighty" }, [], 'PORT is "eighty"'],
    ["an account key id of another form", { ACCOUNT_KEY_ID: "app_1" }, [], "ACCOUNT_KEY_ID"],
    ["a public URL without its scheme", { PUBLIC_URL: "abc.example.org" }, [], 'PUBLIC_URL is "abc.example.org"'],
    ["a public URL with a query", { PUBLIC_URL: "https://abc.example.org?a" }, [], "not a base URL"],
    ["webhooks anywhere", { WEBHOOK_TARGETS: "any" }, [], 'WEBHOOK_TARGETS is "any"'],
    ["an unknown option", {}, ["--frsh"], '"--frsh"'],
  ])("%s", async (_, environment, options, expected) => {
    expect(await refusal({ ...environment }, ...options)).toContain(expected);
  });
});
