import { describe, expect, test } from "vitest";
import { newIntegration } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/integrations`;

describe("deleteCustomIntegrationKey", () => {
  const custom = () => newIntegration(app, { type: "custom", displayName: "Mine" });

  test("a deleted key stops working at once", async () => {
    const id = await custom();
    const { body } = await app.api.post<{ key: { id: string; secret: string } }>(`${base}/${id}/keys`, {
      displayName: "One",
    });
    const api = server.as(body.key);
    expect(await api.post(`/v2/apps/${app.id}/users`, {})).toMatchObject({ status: 201 });
    expect(await app.api.delete(`${base}/${id}/keys/${body.key.id}`)).toMatchObject({ status: 200, body: {} });
    expect(await api.post(`/v2/apps/${app.id}/users`, {})).toMatchObject({ status: 401 });
    expect(await app.api.delete(`${base}/${id}/keys/${body.key.id}`)).toMatchObject({ status: 404 });
  });

  test("the keys of a deleted integration stop working", async () => {
    const id = await custom();
    const { body } = await app.api.post<{ key: { id: string; secret: string } }>(`${base}/${id}/keys`, {
      displayName: "One",
    });
    await app.api.delete(`${base}/${id}`);
    expect(await server.as(body.key).post(`/v2/apps/${app.id}/users`, {})).toMatchObject({ status: 401 });
  });
});
