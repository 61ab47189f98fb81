import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { apiUrlVariable } from "../../lib/api/environment.ts";
import { startReceiver } from "../support/startReceiver.ts";
import { startTestServer } from "../support/startTestServer.ts";

const provider = await startReceiver();
afterAll(provider.close);
process.env[apiUrlVariable("telegram")] = provider.url;
const server = await startTestServer();
const app = await server.newApp();
const path = `/v2/apps/${app.id}/integrations`;

const telegram = { type: "telegram", token: "123456:secret" };
const bot = { status: 200, body: JSON.stringify({ ok: true, result: { id: 123456, username: "tea_bot" } }) };
const wrong = { status: 401, body: JSON.stringify({ ok: false, error_code: 401, description: "Unauthorized" }) };
const refusal = { status: 400, body: JSON.stringify({ ok: false, error_code: 400, description: "bad webhook" }) };

let before = 0;
beforeEach(() => {
  before = provider.received.length;
  provider.answer(bot);
});
const called = () => provider.received.slice(before).map(({ method, path }) => `${method} ${path}`);
const create = (fields: object) => app.api.post<{ integration: { id: string; webhookUrl: string } }>(path, fields);
const idsOf = async () => {
  const { body } = await app.api.get<{ integrations: readonly { id: string }[] }>(`${path}?page[size]=100`);
  return body.integrations.map(({ id }) => id);
};

describe("createIntegration with registerWebhook", () => {
  test("asks the provider about the account, tells it the webhook's URL, and keeps what it learned", async () => {
    const { status, body } = await create({ ...telegram, registerWebhook: true });
    expect({ status, body }).toMatchObject({ status: 201, body: { integration: { username: "tea_bot" } } });
    expect(body.integration).not.toHaveProperty("registerWebhook");
    expect(called()).toEqual(["POST /bot123456:secret/getMe", "POST /bot123456:secret/setWebhook"]);
    expect(JSON.parse(provider.received.at(-1)?.body ?? "")).toMatchObject({
      url: body.integration.webhookUrl,
      secret_token: expect.any(String),
    });
    const shown = await app.api.get(`${path}/${body.integration.id}`);
    expect(shown).toMatchObject({ body: { integration: { username: "tea_bot" } } });
    expect(shown.text).not.toContain("secret");
  });

  test.each([undefined, null, false])("as %j calls no provider", async (registerWebhook) => {
    expect(await create({ ...telegram, registerWebhook })).toMatchObject({ status: 201 });
    expect(called()).toEqual([]);
  });

  test.each([
    ["wrong credentials", wrong, /^token should be credentials that telegram takes: /],
    ["an account that may not", refusal, /^telegram refused to register the webhook: /],
    ["a provider that is down", 503, /^telegram could not be asked, try again later: /],
    [
      "a provider that breaks the connection",
      "reset",
      /^telegram could not be asked, try again later: connection reset/,
    ],
  ] as const)("with %s makes no integration", async (_, answer, title) => {
    const earlier = await idsOf();
    provider.answer(answer);
    const refused = await create({ ...telegram, registerWebhook: true });
    expect(refused).toMatchObject({
      status: 400,
      body: { errors: [{ code: "bad_request", title: expect.stringMatching(title) }] },
    });
    expect(refused.text).not.toContain("secret");
    expect(called()).toHaveLength(1);
    expect(await idsOf()).toEqual(earlier);
  });

  test("takes the integration back if the provider refuses its webhook", async () => {
    const earlier = await idsOf();
    provider.answer(({ path }) => (path.endsWith("/getMe") ? bot : refusal));
    expect(await create({ ...telegram, registerWebhook: true })).toMatchObject({
      status: 400,
      body: { errors: [{ title: expect.stringMatching(/^telegram refused to register the webhook: /) }] },
    });
    expect(called()).toHaveLength(2);
    expect(await idsOf()).toEqual(earlier);
  });

  test("is for channels", async () => {
    expect(await create({ type: "web", registerWebhook: true })).toMatchObject({
      status: 400,
      body: { errors: [{ title: "registerWebhook is available only for channels" }] },
    });
    expect(await create({ ...telegram, registerWebhook: "yes" })).toMatchObject({
      status: 400,
      body: { errors: [{ title: "registerWebhook should be boolean" }] },
    });
    expect(called()).toEqual([]);
  });
});
