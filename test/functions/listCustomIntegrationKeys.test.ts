import { describe, expect, test } from "vitest";
import { newIntegration } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/integrations`;

describe("listCustomIntegrationKeys", () => {
  const custom = () => newIntegration(app, { type: "custom", displayName: "Mine" });

  test("an integration's keys are listed, and not among the app's", async () => {
    const id = await custom();
    const { body } = await app.api.post<{ key: object }>(`${base}/${id}/keys`, { displayName: "One" });
    expect(await app.api.get(`${base}/${id}/keys`)).toMatchObject({ status: 200, body: { keys: [body.key] } });
    expect((await server.account.get(`/v2/apps/${app.id}/keys`)).text).not.toContain("int_");
  });
});
