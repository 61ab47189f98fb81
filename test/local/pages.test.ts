import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { webhookTriggers } from "../../lib/model/events/webhook.ts";
import { caller } from "../support/caller.ts";
import { type LocalProcess, startLocal } from "../support/startLocal.ts";

let directory: string;
let local: LocalProcess;
let url: string;
let port: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "sunroom-"));
  await start();
});
afterAll(async () => {
  await stop();
  rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<void> {
  local = await startLocal(directory);
  url = /ready at (\S+)/.exec(local.stdout())?.[1] ?? "";
  port = new URL(url).port;
}

async function stop(): Promise<void> {
  local.kill("SIGTERM");
  await local.exited;
}

/** Sends exactly these headers, as no browser would. */
const send = (method: string, path: string, headers: Readonly<Record<string, string>> = {}, body?: string) =>
  caller(url).send(method, path, { headers, ...(body === undefined ? {} : { body }) });

const ownHeaders = () => ({ host: `localhost:${port}`, origin: `http://localhost:${port}` });
const ask = (path: string, fields: object = {}, headers: Readonly<Record<string, string>> = ownHeaders()) =>
  send("POST", path, headers, JSON.stringify(fields));
const demo = async (): Promise<{ appId: string; key: { id: string; secret: string }; integrationId: string }> =>
  JSON.parse((await ask("/local/demo")).text);
const accountKey = () => ({
  id: /key id +(\S+)/.exec(local.stdout())?.[1] ?? "",
  secret: /key secret +(\S+)/.exec(local.stdout())?.[1] ?? "",
});

describe("what holds a secret is for the page of this server alone", () => {
  test("who is the page gets it, at every name of this machine", async () => {
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
      const answer = await ask("/local/demo", {}, { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" });
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({ "cache-control": "no-store" });
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    }
  });

  const forThePage = [
    ...["/local/demo", "/local/token", "/local/delivery", "/local/person"],
    ...["/local/inspector/account", "/local/inspector/replay"],
  ];
  const refusals: readonly (readonly [string, () => Record<string, string>])[] = [
    ["without an origin", () => ({ host: `localhost:${port}` })],
    ["of another origin", () => ({ ...ownHeaders(), origin: "https://evil.example" })],
    ["of another port", () => ({ ...ownHeaders(), origin: `http://localhost:${Number(port) + 1}` })],
    ["of another name of this machine", () => ({ ...ownHeaders(), origin: `http://127.0.0.1:${port}` })],
    ["of an opaque origin", () => ({ ...ownHeaders(), origin: "null" })],
    [
      "under a name pointed at this machine",
      () => ({ host: `evil.example:${port}`, origin: `http://evil.example:${port}` }),
    ],
    [
      "under a name that only begins like this machine's",
      () => ({ host: `localhost.evil.example:${port}`, origin: `http://localhost.evil.example:${port}` }),
    ],
    ["that the browser calls cross-site", () => ({ ...ownHeaders(), "sec-fetch-site": "cross-site" })],
    ["that the browser calls same-site", () => ({ ...ownHeaders(), "sec-fetch-site": "same-site" })],
    ["through a tunnel", () => ({ ...ownHeaders(), "x-forwarded-for": "203.0.113.7" })],
    ["through a proxy", () => ({ ...ownHeaders(), Via: "1.1 proxy" })],
  ];

  test.each(refusals)("a request %s is refused", async (_, headers) => {
    for (const path of forThePage) {
      const answer = await ask(path, { externalId: "anna", channel: "line", name: "Anna", text: "Hi" }, headers());
      expect(answer.status).toBe(403);
      expect(Object.keys(JSON.parse(answer.text))).toEqual(["message"]);
    }
  });

  test("a GET is an unknown route", async () => {
    expect((await send("GET", "/local/demo", ownHeaders())).status).toBe(404);
  });

  test("a body that is no JSON object is a 400", async () => {
    for (const body of ["", "{", "[]", "null", '"x"'])
      expect((await send("POST", "/local/token", ownHeaders(), body)).status).toBe(400);
  });

  test.each([
    ["/local/delivery", { channel: "no-channel", name: "Anna", text: "Hi" }, "The channel has to be one of"],
    ["/local/delivery", { channel: "constructor", name: "Anna", text: "Hi" }, "The channel has to be one of"],
    ["/local/delivery", { channel: "line", name: 7, text: "Hi" }, "name"],
    ["/local/token", {}, "externalId"],
  ])("%s of %o is a 400 that says why", async (path, fields, message) => {
    const answer = await ask(path, fields);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).message).toContain(message);
  });
});

describe("what the inspector reads", () => {
  const reading = ["changes", "records?appId=a&search=", "requests", "events", "dead-letters"].map(
    (name) => `/local/inspector/${name}`,
  );
  const own = () => ({ host: `localhost:${port}`, "sec-fetch-site": "same-origin" });

  test.each(reading)("%s is answered to the page of this server, and kept by no cache", async (path) => {
    const answer = await send("GET", path, own());
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ "cache-control": "no-store" });
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  });

  test.each([
    ["of another origin", () => ({ ...own(), origin: "https://evil.example" })],
    ["that a browser calls cross-site", () => ({ ...own(), "sec-fetch-site": "cross-site" })],
    ["that a browser calls same-site", () => ({ ...own(), "sec-fetch-site": "same-site" })],
    ["under a name pointed at this machine", () => ({ host: `evil.example:${port}` })],
    ["through a tunnel", () => ({ ...own(), "x-forwarded-for": "203.0.113.7" })],
  ])("is refused to a request %s", async (_, headers) => {
    for (const path of reading) expect((await send("GET", path, headers())).status).toBe(403);
  });

  test("without an app is a 400 that says so", async () => {
    const { status, text } = await send("GET", "/local/inspector/records", own());
    expect([status, text]).toEqual([400, expect.stringContaining("appId")]);
  });
});

describe("the page's own receiver of events", () => {
  const deliver = (headers: Readonly<Record<string, string>>) => send("POST", "/local/receiver", headers, "{}");

  test("takes what a program of this machine sends", async () => {
    expect((await deliver({ host: `localhost:${port}` })).status).toBe(200);
  });

  test.each([
    ["of a page, also of its own", ownHeaders],
    ["that a browser calls cross-site", () => ({ host: `localhost:${port}`, "sec-fetch-site": "cross-site" })],
    ["under a name pointed at this machine", () => ({ host: `evil.example:${port}` })],
    ["through a tunnel", () => ({ host: `localhost:${port}`, "x-forwarded-for": "203.0.113.7" })],
  ])("refuses a request %s", async (_, headers) => {
    const answer = await deliver(headers());
    expect(answer.status).toBe(403);
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  });
});

describe("the pages", () => {
  test.each([
    "/",
    "/docs",
    "/local/page.css",
    "/local/page.js",
    "/local/chat.js",
    "/local/events.js",
    "/local/deliveries.js",
    "/local/inspector/inspector.js",
    "/local/docs/docs.js",
    "/local/lit-html/directives/repeat.js",
  ])("%s is served as UTF-8, under a policy that lets nothing in from elsewhere", async (path) => {
    const { status, headers } = await send("GET", path);
    expect(status).toBe(200);
    expect(headers["content-type"]).toContain("charset=utf-8");
    expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'");
    expect(headers["x-content-type-options"]).toBe("nosniff");
  });

  test("the page at / offers every trigger of a webhook", async () => {
    expect((await send("GET", "/")).text).toContain(`value="${webhookTriggers.join(" ")}"`);
  });

  test("a HEAD is answered without the body", async () => {
    expect(await send("HEAD", "/")).toMatchObject({ status: 200, text: "" });
  });

  test("nothing beside them is served", async () => {
    for (const path of [
      "/local/",
      "/local/tsconfig.json",
      "/local/lit-html/static.js",
      "/local/../demo.ts",
      "/local/%2e%2e/demo.ts",
      "/index.html",
    ])
      expect((await send("GET", path)).status).toBe(404);
  });

  test("the SDK is for a page of any origin", async () => {
    for (const path of ["/sdk/smooch.js", "/sdk/index.js"]) {
      const { status, headers, text } = await send("GET", path, { origin: "https://shop.example" });
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        "access-control-allow-origin": "*",
        "content-type": "text/javascript; charset=utf-8",
      });
      expect(text.length).toBeGreaterThan(5000);
    }
  });
});

describe("the demo's app", () => {
  test("is kept from one start to the next, and its file is nobody else's to read", async () => {
    const before = await demo();
    await stop();
    await start();
    expect(await demo()).toEqual(before);
    const file = join(directory, ".local", "demo.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject(before);
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  test("is found by its name where the file is lost", async () => {
    const before = await demo();
    rmSync(join(directory, ".local", "demo.json"));
    const after = await demo();
    expect(after.appId).toBe(before.appId);
    expect(await caller(url, after.key).get(`/v2/apps/${after.appId}`)).toMatchObject({ status: 200 });
  });

  test("is made anew when it was deleted, and so are its key, its integrations and its channels", async () => {
    const account = caller(url, accountKey());
    const before = await demo();
    const deliver = async () => {
      const { method, path, headers, body } = JSON.parse(
        (await ask("/local/delivery", { channel: "line", name: "A", text: "Hi" })).text,
      );
      return (await send(method, path, headers, body)).status;
    };
    expect(await deliver()).toBe(200);
    await account.delete(`/v2/apps/${before.appId}/integrations/${before.integrationId}`);
    await account.delete(`/v2/apps/${before.appId}/keys/${before.key.id}`);
    const mended = await demo();
    expect(mended.appId).toBe(before.appId);
    expect(mended.key.id).not.toBe(before.key.id);
    expect(mended.integrationId).not.toBe(before.integrationId);
    await account.delete(`/v2/apps/${before.appId}`);
    expect((await demo()).appId).not.toBe(before.appId);
    expect(await deliver()).toBe(200);
  });

  test("is one, also for many who ask at once", async () => {
    rmSync(join(directory, ".local", "demo.json"));
    const asked = await Promise.all(Array.from({ length: 8 }, demo));
    expect(new Set(asked.map(({ key }) => key.id)).size).toBe(1);
  });
});

test("a delivery is signed for the public URL, and accepted here, also where that has a path", async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), "sunroom-"));
  await stop();
  local = await startLocal(elsewhere, {
    PUBLIC_URL: "https://shop.example/sunroom",
  });
  url = /ready at (\S+)/.exec(local.stdout())?.[1] ?? "";
  port = new URL(url).port;
  for (const channel of ["twilio", "messagebird"]) {
    const sample = { channel, name: "Anna", text: "Hi" };
    const made = JSON.parse((await ask("/local/delivery", sample)).text);
    const headers = Object.fromEntries(Object.entries<string>(made.headers));
    expect((await send("POST", made.path, headers, made.body)).status).toBe(200);
    const { appId, key } = await demo();
    const { userId } = JSON.parse((await ask("/local/person", made)).text);
    expect(await caller(url, key).get(`/v2/apps/${appId}/users/${userId}`)).toMatchObject({ status: 200 });
  }
  await stop();
  await start();
  rmSync(elsewhere, { recursive: true, force: true });
});
