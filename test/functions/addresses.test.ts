import { describe, expect, test } from "vitest";
import { newIntegration, newPersonal } from "../support/business.ts";
import { newDevice, newGuest } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";

const server = await startTestServer();
const app = await server.newApp();
const { conversationId } = await newPersonal(app);
const integrationId = await newIntegration(app);
const guest = await newGuest(newDevice(server, app, integrationId));

const base = `/v2/apps/${app.id}`;
const messages = `${base}/conversations/${conversationId}/messages`;
const author = { type: "business" };

/** Whatever takes an address that people open or are shown: what it takes, and its name in an error. */
const takers: readonly (readonly [string, (address: string) => Promise<{ status: number; body: unknown }>])[] = [
  ["content.mediaUrl", (mediaUrl) => app.api.post(messages, { author, content: { type: "image", mediaUrl } })],
  ["content.mediaUrl", (mediaUrl) => app.api.post(messages, { author, content: { type: "file", mediaUrl } })],
  [
    "author.avatarUrl",
    (avatarUrl) => app.api.post(messages, { author: { ...author, avatarUrl }, content: { type: "text", text: "Hi" } }),
  ],
  [
    "profile.avatarUrl",
    (avatarUrl) => app.api.post(`${base}/users`, { externalId: unique("person"), profile: { avatarUrl } }),
  ],
  ["iconUrl", (iconUrl) => app.api.patch(`${base}/conversations/${conversationId}`, { iconUrl })],
  ["avatarUrl", (avatarUrl) => guest.put(`/appusers/${guest.appUserId}`, { avatarUrl })],
  ["iconUrl", (iconUrl) => guest.put(`/conversations/${guest.conversationId}`, { iconUrl })],
  [
    "message.mediaUrl",
    (mediaUrl) =>
      guest.post(`/conversations/${guest.conversationId}/messages`, { message: { type: "image", mediaUrl } }),
  ],
];
const pictures = ["buttonIconUrl", "businessIconUrl", "backgroundImageUrl"];

const ofNoWeb = ["javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "file:///etc/passwd", "/here", "x"];

describe("an address that people open or are shown", () => {
  test.each(takers)("is one of the web, as %s", async (name, give) => {
    for (const address of ["https://example.org/a.png", "http://example.org/a.png"])
      expect((await give(address)).status).toBeLessThan(300);
    for (const address of ofNoWeb) {
      const { status, body } = await give(address);
      expect(status, address).toBe(400);
      expect(JSON.stringify(body)).toContain(JSON.stringify(`${name} should match format "uri"`));
    }
  });

  test.each(pictures)("is one of the web, as the %s of a web integration", async (name) => {
    const path = `${base}/integrations/${integrationId}`;
    expect(await app.api.patch(path, { [name]: "https://example.org/a.png" })).toMatchObject({ status: 200 });
    for (const address of ofNoWeb)
      expect(await app.api.patch(path, { [name]: address })).toMatchObject({
        status: 400,
        body: { errors: [{ code: "bad_request" }] },
      });
  });
});
