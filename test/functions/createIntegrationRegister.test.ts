import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { apiUrlVariable } from "../../lib/api/environment.ts";
import { startReceiver } from "../support/startReceiver.ts";
import { startTestServer } from "../support/startTestServer.ts";

const provider = await startReceiver();
afterAll(provider.close);
process.env[apiUrlVariable("twilio")] = provider.url;
const server = await startTestServer();
const app = await server.newApp();
const path = `/v2/apps/${app.id}/integrations`;

const twilio = { type: "twilio", accountSid: "AC1", authToken: "secret", phoneNumberSid: "PN1" };
const number = { status: 200, body: JSON.stringify({ sid: "PN1", phone_number: "+15145550100" }) };
const wrong = { status: 401, body: JSON.stringify({ code: 20003, message: "Authenticate", status: 401 }) };

let before = 0;
beforeEach(() => {
  before = provider.received.length;
  provider.answer(number);
});
const called = () => provider.received.slice(before).map(({ method, path }) => `${method} ${path}`);
const create = (fields: object) => app.api.post<{ integration: { id: string; webhookUrl: string } }>(path, fields);
const idsOf = async () => {
  const { body } = await app.api.get<{ integrations: readonly { id: string }[] }>(`${path}?page[size]=100`);
  return body.integrations.map(({ id }) => id);
};

describe("createIntegration with registerWebhook", () => {
  test("asks the provider about the account, tells it the webhook's URL, and keeps what it learned", async () => {
    const { status, body } = await create({ ...twilio, registerWebhook: true });
    expect({ status, body }).toMatchObject({ status: 201, body: { integration: { phoneNumber: "+15145550100" } } });
    expect(body.integration).not.toHaveProperty("registerWebhook");
    const number = "/2010-04-01/Accounts/AC1/IncomingPhoneNumbers/PN1.json";
    expect(called()).toEqual([`GET ${number}`, `POST ${number}`]);
    const registered = new URLSearchParams(provider.received.at(-1)?.body);
    expect(registered.get("SmsUrl")).toBe(body.integration.webhookUrl);
    expect(await app.api.get(`${path}/${body.integration.id}`)).toMatchObject({
      body: { integration: { phoneNumber: "+15145550100" } },
    });
  });

  test.each([undefined, null, false])("as %j calls no provider", async (registerWebhook) => {
    expect(await create({ ...twilio, registerWebhook })).toMatchObject({ status: 201 });
    expect(called()).toEqual([]);
  });

  test.each([
    ["wrong credentials", wrong, /^accountSid, authToken should be credentials that twilio takes: /],
    ["an account that is not there", { status: 404, body: "{}" }, /^twilio refused to register the webhook: /],
    ["a provider that is down", 503, /^twilio could not be asked, try again later: /],
    ["a provider that breaks the connection", "reset", /^twilio could not be asked, try again later: connection reset/],
  ] as const)("with %s makes no integration", async (_, answer, title) => {
    const earlier = await idsOf();
    provider.answer(answer);
    const refused = await create({ ...twilio, registerWebhook: true });
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
    provider.answer(({ method }) => (method === "GET" ? number : { status: 400, body: "{}" }));
    expect(await create({ ...twilio, registerWebhook: true })).toMatchObject({
      status: 400,
      body: { errors: [{ title: expect.stringMatching(/^twilio refused to register the webhook: /) }] },
    });
    expect(called()).toHaveLength(2);
    expect(await idsOf()).toEqual(earlier);
  });

  test("is for channels", async () => {
    expect(await create({ type: "web", registerWebhook: true })).toMatchObject({
      status: 400,
      body: { errors: [{ title: "registerWebhook is available only for channels" }] },
    });
    expect(await create({ ...twilio, registerWebhook: "yes" })).toMatchObject({
      status: 400,
      body: { errors: [{ title: "registerWebhook should be boolean" }] },
    });
    expect(called()).toEqual([]);
  });
});
