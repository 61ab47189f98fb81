import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Run, runSunroom } from "../support/runSunroom.ts";
import { startLocal } from "../support/startLocal.ts";
import { startReceiver } from "../support/startReceiver.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const target = "https://receiver.example.com/events";

interface Webhook {
  readonly id: string;
  readonly secret: string;
  readonly triggers: readonly string[];
}

/** Runs commands about a new app's webhooks. */
async function ofNewApp() {
  const app = await server.newApp();
  const environment = {
    SUNROOM_URL: server.url,
    SUNROOM_KEY_ID: server.accountKey.id,
    SUNROOM_KEY_SECRET: server.accountKey.secret,
    SUNROOM_APP_ID: app.id,
  };
  const sunroom = (...words: readonly string[]): Promise<Run> => runSunroom(["webhook", ...words], environment);
  const json = async <T>(...words: readonly string[]): Promise<T> => said(await sunroom(...words, "--json"));
  return { app, sunroom, json };
}

/** Reads what a command says with `--json`; fails unless it did what it was asked. */
function said<T>({ code, stdout, stderr }: Run): T {
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

describe("sunroom webhook", () => {
  test("makes a webhook of messages in a custom integration, the first time with that", async () => {
    const { app, json, sunroom } = await ofNewApp();
    const integrations = async () =>
      (await app.api.get<{ integrations: { id: string; type: string }[] }>(`/v2/apps/${app.id}/integrations`)).body
        .integrations;
    expect((await sunroom("list")).stdout).toBe("The app has no webhook yet.\n");
    expect(await json("create", target)).toMatchObject({
      target,
      triggers: ["conversation:message"],
      secret: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    await json("create", target);
    expect(await integrations()).toMatchObject([{ type: "custom" }]);
    expect(await json("list")).toHaveLength(2);
  });

  test("takes its triggers, its secret and what it includes from the options", async () => {
    const { json } = await ofNewApp();
    const options = ["--trigger", "user:merge", "--trigger", "client:add", "--secret", "own", "--include-full-user"];
    expect(await json("create", target, ...options, "true")).toMatchObject({
      triggers: ["user:merge", "client:add"],
      secret: "own",
      includeFullUser: true,
      includeFullSource: false,
    });
  });

  test("lists webhooks without their secrets", async () => {
    const { json, sunroom } = await ofNewApp();
    const { id, secret } = await json<Webhook>("create", target);
    const { stdout } = await sunroom("list");
    expect(stdout).toContain(`${id}  ${target}`);
    expect(stdout + JSON.stringify(await json("list"))).not.toContain(secret);
  });

  test("changes what is said of a webhook, and leaves the rest", async () => {
    const { json, sunroom } = await ofNewApp();
    const { id } = await json<Webhook>("create", target, "--include-full-source", "true");
    expect(await json("update", id, "--trigger", "user:merge")).toMatchObject({
      id,
      target,
      triggers: ["user:merge"],
      includeFullSource: true,
    });
    expect(await sunroom("update", id)).toMatchObject({ code: 2, stderr: expect.stringContaining("Say what") });
    expect(await sunroom("update", id, "--include-full-user", "yes")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--include-full-user cannot be "yes". It is one of true, false.'),
    });
  });

  test("lists deliveries of no status that there is not: a slip of the pen must not look like no failures", async () => {
    const { json, sunroom } = await ofNewApp();
    const { id } = await json<Webhook>("create", target);
    expect(await sunroom("deliveries", id, "--status", "fail")).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(
        '--status cannot be "fail"; did you mean failed? It is one of pending, delivered, failed.',
      ),
    });
    expect(await json("deliveries", id, "--status", "failed")).toEqual([]);
  });

  test("lists the deliveries of the only webhook, and asks which where there are several", async () => {
    const { json, sunroom } = await ofNewApp();
    expect(await sunroom("deliveries")).toMatchObject({ code: 1, stderr: "The app has no webhook yet.\n" });
    const { id } = await json<Webhook>("create", target);
    expect(await json("deliveries")).toEqual([]);
    const another = await json<Webhook>("create", `${target}/too`);
    const { code, stderr } = await sunroom("deliveries");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^There are several webhooks; say which:\n/);
    for (const line of [`  ${id}  ${target}\n`, `  ${another.id}  ${target}/too\n`]) expect(stderr).toContain(line);
  });

  test("knows every event by name, and says which was meant", async () => {
    const { sunroom } = await ofNewApp();
    expect(await sunroom("create", target, "--trigger", "conversation:mesage")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("did you mean conversation:message? It is one of client:add, "),
    });
  });

  test("gives a webhook a new secret, and says until when the old one signs too", async () => {
    const { json } = await ofNewApp();
    const { id, secret } = await json<Webhook>("create", target);
    const rotated = await json<Webhook>("rotate", id);
    expect(rotated).toMatchObject({ id, previousSecretUntil: expect.stringMatching(/^\d{4}-/) });
    expect(rotated.secret).not.toBe(secret);
  });

  test("deletes a webhook, and finds it no more", async () => {
    const { json, sunroom } = await ofNewApp();
    const { id } = await json<Webhook>("create", target);
    expect(await json("delete", id)).toEqual({ id, deleted: true });
    for (const word of ["update", "delete", "rotate", "ping", "deliveries"])
      expect(await sunroom(word, id, ...(word === "update" ? ["--secret", "x"] : []))).toEqual({
        code: 1,
        stdout: "",
        stderr: `The app has no webhook ${id}.\n`,
      });
  });

  test("works with the key of an integration, about its own webhooks", async () => {
    const { app, json } = await ofNewApp();
    const integrations = `/v2/apps/${app.id}/integrations`;
    await json("create", target);
    const made = await app.api.post<{ integration: { id: string } }>(integrations, { type: "custom" });
    const { body } = await server.account.post<{ key: { id: string; secret: string } }>(
      `${integrations}/${made.body.integration.id}/keys`,
      { displayName: "Its own" },
    );
    const environment = {
      SUNROOM_URL: server.url,
      SUNROOM_KEY_ID: body.key.id,
      SUNROOM_KEY_SECRET: body.key.secret,
      SUNROOM_APP_ID: app.id,
    };
    const own = async <T>(...words: readonly string[]): Promise<T> =>
      said(await runSunroom(["webhook", ...words, "--json"], environment));
    const { id } = await own<Webhook>("create", target);
    expect(await own("list")).toMatchObject([{ id }]);
    expect(await own("rotate", id)).toMatchObject({ id });
    expect(await json("list")).toHaveLength(2);
  });
});

describe("beside a local server", () => {
  test("tells a receiver of a message, lists the delivery, sends it again, and pings", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sunroom-"));
    await using receiver = await startReceiver();
    const local = await startLocal(directory);
    try {
      const run = async <T>(...words: string[]): Promise<T> =>
        said(await runSunroom([...words, "--json"], {}, directory));
      await run("app", "create", "My app");
      const webhook = await run<Webhook>("webhook", "create", `${receiver.url}/events`, "--trigger", "user:remove");
      const user = await run<{ id: string }>("user", "create", "jane");
      await run("user", "delete", "jane", "--yes");
      await receiver.has(1);
      expect(receiver.events()).toMatchObject([{ type: "user:remove", payload: { user: { id: user.id } } }]);
      expect(receiver.received[0]?.headers).toMatchObject({ "x-api-key": webhook.secret });

      const deliveries = () => run<{ id: string; event: object }[]>("webhook", "deliveries", webhook.id);
      // The delivery is recorded a moment after the receiver got it.
      await expect
        .poll(deliveries, { timeout: 20_000 })
        .toMatchObject([{ status: "delivered", attempts: [{ responseStatus: 200 }] }]);
      const [{ id = "" } = {}] = await deliveries();
      await run("webhook", "replay", webhook.id, id);
      await receiver.has(2);
      const [first, again] = receiver.events();
      expect(again?.id).toBe(first?.id);

      expect(await run("webhook", "ping", webhook.id)).toMatchObject({ status: "delivered", responseStatus: 200 });
      receiver.answer(500);
      expect(await runSunroom(["webhook", "ping", webhook.id], {}, directory)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^The target did not take it\.\n[\s\S]*responseStatus +500\n/),
      });
      expect(await run("webhook", "deliveries", webhook.id, "--status", "failed")).toEqual([]);
    } finally {
      local.kill("SIGTERM");
      await local.exited;
      rmSync(directory, { recursive: true });
    }
  });
});
