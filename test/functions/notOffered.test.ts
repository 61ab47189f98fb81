import { describe, expect, test } from "vitest";
import { newIntegration, newPersonal, textsOf } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}`;

const notOffered = (feature: string) => ({
  status: 501,
  body: { errors: [{ code: "not_offered", title: `Not offered yet: ${feature}` }] },
});

describe("a message", () => {
  const send = async (fields: object) => {
    const { conversationId } = await newPersonal(app);
    const body = { author: { type: "business" }, content: { type: "text", text: "Hi" }, ...fields };
    const answer = await app.api.post(`${base}/conversations/${conversationId}/messages`, body);
    return { answer, texts: await textsOf(app, conversationId) };
  };

  test("of a type that nobody has is wrong", async () => {
    expect((await send({ content: { type: "hologram" } })).answer).toMatchObject({ status: 400 });
  });

  test.each([["message overrides of Apple Messages for Business", { override: { apple: { payload: {} } } }]])(
    "that asks for %s is not kept without it",
    async (feature, fields) => {
      const { answer, texts } = await send(fields);
      expect(answer).toMatchObject(notOffered(feature));
      expect(texts).toEqual([]);
    },
  );

  test.each([null, {}, ""])("that asks for none of it, by %j, is kept", async (nothing) => {
    const { answer, texts } = await send({ destination: nothing, override: nothing, schema: nothing });
    expect(answer.status).toBe(201);
    expect(texts).toEqual(["Hi"]);
  });

  test.each([null, ""])("of a file that has no id, by %j, is kept without one", async (attachmentId) => {
    const mediaUrl = "https://example.org/a.pdf";
    const { answer } = await send({ content: { type: "file", mediaUrl, attachmentId } });
    expect(answer).toMatchObject({ status: 201 });
    expect(answer.text).not.toContain("attachmentId");
  });
});

describe("an integration", () => {
  const asked: readonly (readonly [string, object])[] = [
    ["a default responder, which a switchboard would assign", { defaultResponderId: "64f0c3a1b2c3d4e5f6a7b8c9" }],
    ["the AI disclaimer", { showAIDisclaimer: true }],
  ];
  const types = ["custom", "web", "telegram"] as const;

  test.each(types.flatMap((type) => asked.map(([feature, fields]) => [type, feature, fields] as const)))(
    "of type %s is neither made nor changed with %s",
    async (type, feature, fields) => {
      const own = await server.newApp();
      const path = `/v2/apps/${own.id}/integrations`;
      const made = { type, ...(type === "telegram" ? { token: "1:a" } : {}) };
      expect(await own.api.post(path, { ...made, ...fields })).toMatchObject(notOffered(feature));
      expect(await own.api.get(path)).toMatchObject({ body: { integrations: [] } });
      const id = await newIntegration(own, made);
      expect(await own.api.patch(`${path}/${id}`, { displayName: "New", ...fields })).toMatchObject(
        notOffered(feature),
      );
      const kept = await own.api.get<{ integration: object }>(`${path}/${id}`);
      expect(kept.body.integration).not.toHaveProperty("displayName");
    },
  );

  test.each([
    { webhooks: [], defaultResponderId: "", showAIDisclaimer: false },
    { webhooks: null, defaultResponderId: null, showAIDisclaimer: null },
  ])("is made and changed where nothing of it is asked for: %j", async (fields) => {
    const id = await newIntegration(app, { type: "custom", ...fields });
    const changed = await app.api.patch<{ integration: object }>(`${base}/integrations/${id}`, fields);
    expect(changed.body.integration).toEqual({ id, type: "custom", status: "active" });
  });

  test.each(["apple", "gbm", "googlercs", "kakao", "slackconnect", "twitter", "wechat"])(
    "of type %s is not offered",
    async (type) => {
      expect(await app.api.post(`${base}/integrations`, { type })).toMatchObject(
        notOffered(`integrations of type ${type}`),
      );
    },
  );
});

describe("an app", () => {
  test.each([
    ["ending sessions", "endSessionEnabled"],
    ["ending conversations", "disableConversationReopen"],
  ])("is not set to what has no effect: %s", async (feature, setting) => {
    expect(await app.api.patch(base, { settings: { [setting]: true } })).toMatchObject(notOffered(feature));
    expect(await app.api.patch(base, { settings: { [setting]: false } })).toMatchObject({ status: 200 });
  });
});

test.each(["metadata", "destination", "schema"])(
  "a link is not made with a message that has a %s, which is for one of a conversation",
  async (field) => {
    const { user, conversationId } = await newPersonal(app);
    const integrationId = await newIntegration(app, {
      type: "twilio",
      accountSid: "AC1",
      authToken: "t",
      phoneNumberSid: "PN1",
    });
    const message = { author: { type: "business" }, content: { type: "text", text: "Is it you?" } };
    const linking = (more: object) => ({
      matchCriteria: { type: "twilio", integrationId, phoneNumber: "+15145550123" },
      confirmation: { type: "prompt", message: { ...message, ...more } },
      target: { conversationId },
    });
    const path = `${base}/users/${user.id}/clients`;
    const feature = `a message that confirms a link`;
    const refused = await app.api.post(path, linking({ [field]: { integrationType: "twilio" } }));
    expect(refused).toMatchObject({ status: 501, body: { errors: [{ title: expect.stringContaining(feature) }] } });
    expect(await app.api.get(path)).toMatchObject({ body: { clients: [] } });
    expect(await app.api.post(path, linking({ [field]: null }))).toMatchObject({ status: 201 });
  },
);
