import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, test } from "vitest";
import { examples } from "../../lib/openapi/examples.ts";
import { formOf } from "../support/startFiledServer.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();

describe("getOpenApi", () => {
  test("serves to anyone, as JSON, the description that stands in the docs", async () => {
    const answer = await server.as().get("/openapi.json");
    expect(answer).toMatchObject({
      status: 200,
      headers: { "content-type": expect.stringContaining("application/json") },
    });
    const documented = readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8");
    expect(answer.body).toEqual(JSON.parse(documented));
  });

  test("serves valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    const { body } = await server.as().get<Record<string, unknown>>("/openapi.json");
    expect(await validator.validate(body)).toMatchObject({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  test("has an example of each body of the REST API, and each works as it stands", async () => {
    const account = server.as(server.accountKey);
    const app = await server.newApp();
    const root = `/v2/apps/${app.id}`;
    const make = async (path: string, body: unknown): Promise<string> => {
      const answer = await account.post<Record<string, { id: string }>>(`${root}${path}`, body);
      return Object.values(answer.body)[0]?.id ?? "";
    };
    const web = await make("/integrations", { type: "web" });
    const custom = await make("/integrations", { type: "custom" });
    const twilio = { type: "twilio", accountSid: "AC1", authToken: "hidden", phoneNumberSid: "PN1" };
    const integrationId = await make("/integrations", twilio);
    const hook = { target: "https://example.org/", triggers: ["user:remove"] };
    const webhook = await make(`/integrations/${custom}/webhooks`, hook);
    const group = await make("/conversations", { type: "sdkGroup" });
    const user = `${root}/users/jane@example.org`;
    const conversations = `${root}/conversations`;
    const { body: form, headers } = formOf({ name: "source", fileName: "cat.png", type: "image/png", content: "cat" });
    const uploaded = await account.post<{ attachment: { mediaUrl: string } }>(`${root}/attachments`, form, headers);
    const { mediaUrl } = uploaded.body.attachment;
    let conversation = "";
    /** Where each is sent, in this order: what a later one needs, an earlier one made. */
    const sent: Record<string, () => [method: string, path: string, instead?: object]> = {
      createApp: () => ["POST", "/v2/apps"],
      updateApp: () => ["PATCH", root],
      createAppKey: () => ["POST", `${root}/keys`],
      createIntegration: () => ["POST", `${root}/integrations`],
      updateIntegration: () => ["PATCH", `${root}/integrations/${web}`],
      createCustomIntegrationKey: () => ["POST", `${root}/integrations/${custom}/keys`],
      createWebhook: () => ["POST", `${root}/integrations/${custom}/webhooks`],
      updateWebhook: () => ["PATCH", `${root}/integrations/${custom}/webhooks/${webhook}`],
      createUser: () => ["POST", `${root}/users`],
      updateUser: () => ["PATCH", user],
      createAttachmentUpload: () => ["POST", `${root}/attachments/uploads`],
      deleteAttachment: () => ["POST", `${root}/attachments/remove`, { mediaUrl }],
      createConversation: () => ["POST", conversations],
      // No example can know the ids of what was made here.
      createClient: () => [
        "POST",
        `${user}/clients`,
        {
          matchCriteria: { ...Object(examples.createClient).matchCriteria, integrationId },
          target: { conversationId: conversation.split("/").at(-1) },
        },
      ],
      updateConversation: () => ["PATCH", conversation],
      joinConversation: () => ["POST", `${conversations}/${group}/join`],
      leaveConversation: () => ["POST", `${conversations}/${group}/leave`],
      postMessage: () => ["POST", `${conversation}/messages`],
      postActivity: () => ["POST", `${conversation}/activity`],
    };
    expect(Object.keys(examples)).toEqual(Object.keys(sent));
    for (const [operation, target] of Object.entries(sent)) {
      const [method, path, instead] = target();
      const { status, body } = await account.send<{ conversation?: { id: string } }>(method, path, {
        body: { ...examples[operation], ...instead },
      });
      expect({ operation, status, body }).toEqual({
        operation,
        status: method === "PATCH" || /(leave|activity|remove)$/.test(path) ? 200 : 201,
        body: expect.anything(),
      });
      if (operation === "createConversation") conversation = `${conversations}/${body.conversation?.id}`;
    }
  });

  test("lets a page of another origin read it", async () => {
    const { headers } = await server.as().get("/openapi.json", undefined, { origin: "https://docs.example.org" });
    expect(headers).toMatchObject({ "access-control-allow-origin": "*" });
  });

  test("is at no other path, and takes no other method", async () => {
    for (const [method, path] of [
      ["POST", "/openapi.json"],
      ["GET", "/openapi.json/"],
      ["GET", "/v2/openapi.json"],
    ] as const)
      expect(await server.as().send(method, path)).toMatchObject({
        status: 404,
        body: { errors: [{ code: "not_found" }] },
      });
  });
});
