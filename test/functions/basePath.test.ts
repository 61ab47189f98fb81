import { describe, expect, test } from "vitest";
import { channelTypes } from "../../lib/model/channel.ts";
import { newIntegration, newPersonal, newUser, say } from "../support/business.ts";
import { basic } from "../support/caller.ts";
import { connect, onlyPerson, write } from "../support/channelPeople.ts";
import { officialClient } from "../support/officialClient.ts";
import { bearer } from "../support/signToken.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const anybody = server.as();

describe("below /sc", () => {
  test("the REST API answers as at the root", async () => {
    const user = await newUser(app);
    const path = `/v2/apps/${app.id}/users/${user.externalId}`;
    const [root, below] = await Promise.all([app.api.get(path), app.api.get(`/sc${path}`)]);
    expect(below).toMatchObject({ status: 200, body: root.body });
    expect(await app.api.post(`/sc/v2/apps/${app.id}/users`, { externalId: "born below" })).toMatchObject({
      status: 201,
      body: { user: { externalId: "born below" } },
    });
  });

  test("the official client works unchanged, with the base path that programs have fixed", async () => {
    const client = officialClient(`${server.url}/sc`, app.key);
    const { conversationId } = await newPersonal(app);
    const content = { type: "text", text: "Hello" };
    expect(
      await client("MessagesApi.postMessage", app.id, conversationId, { author: { type: "business" }, content }),
    ).toMatchObject({ messages: [{ content }] });
  });

  test("a person is born by an SDK's createConversation() and login()", async () => {
    const integrationId = await newIntegration(app);
    const device = { id: "sc-device", platform: "web", integrationId, info: {} };
    const config = `/sc/sdk/v2/integrations/${integrationId}/config`;
    const { body } = await anybody.get<{ config: { baseUrl: { web: string } } }>(config);
    expect(body.config.baseUrl.web).toBe(`${server.url}/sc/sdk`);
    const sdk = `${new URL(body.config.baseUrl.web).pathname}/v2/apps/${app.id}`;
    expect(await anybody.post(`${sdk}/appusers`, { client: device, intent: "conversation:start" })).toMatchObject({
      status: 201,
      body: { sessionToken: expect.any(String) },
    });
    const authorization = bearer(app, "below");
    expect(await anybody.post(`${sdk}/login`, { userId: "below", client: device }, { authorization })).toMatchObject({
      status: 200,
      body: { appUser: { userId: "below" } },
    });
  });

  test.each(channelTypes)("%s delivers to the webhookUrl that is answered there, under its signature", async (type) => {
    const app = await server.newApp();
    const { id, credentials } = await connect(app, type);
    const { body } = await app.api.get<{ integration: { webhookUrl: string } }>(
      `/sc/v2/apps/${app.id}/integrations/${id}`,
    );
    const { webhookUrl } = body.integration;
    expect(webhookUrl).toBe(`${server.url}/sc/webhooks/${id}`);
    expect((await write(server, { id, type, webhookUrl, credentials }, { text: "from below" })).status).toBe(200);
    expect((await onlyPerson(server, app)).messages).toMatchObject([{ content: { text: "from below" } }]);
  });

  test("the links of a list lead on below it", async () => {
    const { user, conversationId } = await newPersonal(app);
    for (let index = 0; index < 101; index++) await say(app, conversationId, `${index}`, user.id);
    const path = `/sc/v2/apps/${app.id}/conversations/${conversationId}/messages`;
    const { body } = await app.api.get<{ links: { prev: string } }>(path);
    expect(body.links.prev.startsWith(`${server.url}${path}?`)).toBe(true);
    const { pathname, search } = new URL(body.links.prev);
    expect(await app.api.get(pathname + search)).toMatchObject({ status: 200, body: { messages: [{}] } });
  });

  test("the description, 404 and 501 are what they are at the root, in the caller's form", async () => {
    expect(await anybody.get("/sc/openapi.json")).toMatchObject({ status: 200, body: { openapi: "3.1.0" } });
    for (const path of ["/sc", "/sc/", "/sc/nowhere", "/sc/sc/v2/apps"])
      expect(await server.account.get(path), path).toMatchObject({
        status: 404,
        body: { errors: [{ code: "not_found" }] },
      });
    expect(await anybody.get("/sc/sdk/v2/nowhere")).toMatchObject({
      status: 404,
      body: { error: { code: "not_found" } },
    });
    expect(await anybody.post("/sc/oauth/token", {})).toMatchObject({
      status: 501,
      body: { errors: [{ code: "not_offered" }] },
    });
  });

  test("an SDK's second slash is taken out, and the base stays", async () => {
    const integrationId = await newIntegration(app);
    const { status, headers } = await anybody.get(`/sc//v2/integrations/${integrationId}/config`);
    expect([status, headers.location]).toEqual([308, `/sc/v2/integrations/${integrationId}/config`]);
  });

  test("keys, scopes and apps are held apart as at the root", async () => {
    const other = await server.newApp();
    expect(await other.api.get(`/sc/v2/apps/${app.id}/users/x`)).toMatchObject({ status: 403 });
    expect(await anybody.get(`/sc/v2/apps/${app.id}/users/x`)).toMatchObject({ status: 401 });
    const forged = { authorization: basic({ id: app.key.id, secret: "x" }) };
    expect(await anybody.get(`/sc/v2/apps/${app.id}/users/x`, undefined, forged)).toMatchObject({ status: 401 });
  });
});

test.each(["/scx/v2/apps", "/SC/v2/apps", "/v2/sc/apps"])("%s is no other name of it", async (path) => {
  expect(await server.account.get(path)).toMatchObject({ status: 404 });
});
