import { describe, expect, test } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { newIntegration } from "../support/business.ts";
import { connect } from "../support/channelPeople.ts";
import { startTestServer } from "../support/startTestServer.ts";

/** A server that was told of no address of its own: it is where it was asked. */
const server = await startTestServer();
process.env[variable.publicUrl] = "";
process.env[variable.localUrl] = "http://localhost:1234";
const app = await server.newApp();
const integrationId = await newIntegration(app);

type Config = { config: { baseUrl: Record<string, string> } };
const config = (headers: Record<string, string>) =>
  server.as().send<Config>("GET", `/sdk/v2/integrations/${integrationId}/config`, { headers });

describe("without PUBLIC_URL", () => {
  test.each([
    ["localhost:3000", "http", "http://localhost:3000"],
    ["127.0.0.1:3000", "http", "http://127.0.0.1:3000"],
    ["[::1]:3000", "http", "http://[::1]:3000"],
    ["192.168.1.7:8080", "http", "http://192.168.1.7:8080"],
    ["abc-123.tunnel.example", "https", "https://abc-123.tunnel.example"],
    ["Shop.Example", "https,http", "https://Shop.Example"],
  ])("an SDK that asks %s by %s is sent on to the same host", async (host, scheme, expected) => {
    const { status, body } = await config({ host, "x-forwarded-proto": scheme });
    expect(status).toBe(200);
    expect(body.config.baseUrl).toEqual({
      web: `${expected}/sdk`,
      android: `${expected}/sdk/`,
      ios: `${expected}/sdk`,
    });
  });

  test.each([
    "evil.example/path",
    "user@evil.example",
    "a b",
    "evil.example?x=",
    "evil.example#",
    "<script>",
    "evil.example\\",
    "evil.example:port",
    "a.example,b.example",
    "a".repeat(256),
    "-",
    "..",
    "[::1",
  ])("the Host %j names none and is refused", async (host) => {
    expect((await config({ host })).status).toBe(400);
  });

  test("the links of a list lead to the host that was asked, a channel's URL to one and the same", async () => {
    const { id } = await connect(app, "telegram");
    const headers = { host: "sunroom.example:8080" };
    const list = await app.api.get<{ links: { next: string } }>(
      `/v2/apps/${app.id}/integrations?page[size]=1`,
      undefined,
      headers,
    );
    expect(list.body.links.next).toMatch(/^http:\/\/sunroom\.example:8080\/v2\/apps\//);
    const integration = await app.api.get<{ integration: { webhookUrl: string } }>(
      `/v2/apps/${app.id}/integrations/${id}`,
      undefined,
      headers,
    );
    expect(integration.body.integration.webhookUrl).toBe(`http://localhost:1234/webhooks/${id}`);
  });
});
