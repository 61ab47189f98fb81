import { describe, expect, test } from "vitest";
import { newIntegration } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/integrations`;

describe("getCustomIntegrationKey", () => {
  const custom = () => newIntegration(app, { type: "custom", displayName: "Mine" });

  test("a key is found in its own integration alone", async () => {
    const id = await custom();
    const { body } = await app.api.post<{ key: { id: string } }>(`${base}/${id}/keys`, { displayName: "One" });
    expect(await app.api.get(`${base}/${id}/keys/${body.key.id}`)).toMatchObject({ status: 200, body });
    expect(await app.api.get(`${base}/${await custom()}/keys/${body.key.id}`)).toMatchObject({
      status: 404,
      body: { errors: [{ code: "not_found" }] },
    });
  });
});
