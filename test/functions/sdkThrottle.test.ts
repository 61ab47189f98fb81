import { afterAll, describe, expect, test, vi } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { newIntegration } from "../support/business.ts";
import { newDevice, sessionOf } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";

process.env[variable.anonymousBurst] = "3";
// Nothing comes back by itself, however slow the machine: the clock stands, and timers go on.
vi.useFakeTimers({ toFake: ["Date"] });
const server = await startTestServer();
const app = await server.newApp();
const integrationId = await newIntegration(app);
afterAll(() => {
  vi.useRealTimers();
  delete process.env[variable.anonymousBurst];
});

const device = () => newDevice(server, app, integrationId);

describe("sdkCreateConversation from one address", () => {
  test("makes so many anonymous users at once and no more; who has a user or a token is not held up", async () => {
    const devices = Array.from({ length: 6 }, device);
    const replies = await Promise.all(devices.map((device) => device.create()));
    expect(replies.map((reply) => reply.status).sort()).toEqual([201, 201, 201, 429, 429, 429]);
    const refused = replies.find((reply) => reply.status === 429);
    expect(refused?.body).toMatchObject({ error: { code: "too_many_requests", description: expect.any(String) } });
    expect((await devices[0]?.login(unique("someone")))?.status).toBe(200);
    for (const [index, { status, body }] of replies.entries())
      if (status === 201) expect((await devices[index]?.resume(sessionOf(body)))?.status).toBe(200);
  });

  test("a network has what it may make again after a while, and a request that brings much counts for more", async () => {
    vi.setSystemTime(Date.now() + 120_000);
    const large = { conversation: { messages: [{ type: "text", text: "x".repeat(4096) }] } };
    const [first, second, third] = [
      await device().create(large),
      await device().create(large),
      await device().create(),
    ];
    // Two of three, then two that are not there, then the one that is left.
    expect([first.status, second.status, third.status]).toEqual([201, 429, 201]);
  });
});
