import { expect, test, vi } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
process.env[variable.canaryAppId] = app.id;
// The server's functions read the environment when there was no app.
vi.resetModules();
const { handler } = await import("../../functions/probeUsers.ts");

test("probeUsers creates, reads and deletes a user of its app through the public URL", async () => {
  const calls = vi.spyOn(globalThis, "fetch");
  await handler({}, { awsRequestId: "1" });
  const methods = calls.mock.calls.map(([, init]) => init?.method);
  const urls = calls.mock.calls.map(([url]) => String(url));
  calls.mockRestore();
  expect(methods).toEqual(["POST", "GET", "DELETE", "GET"]);
  for (const url of urls) expect(url).toMatch(`${server.url}/v2/apps/${app.id}/users`);
});

test("probeUsers fails where the app is gone, so that its alarm goes off", async () => {
  await server.account.delete(`/v2/apps/${app.id}`);
  await expect(handler({}, { awsRequestId: "2" })).rejects.toThrow("POST answered 404 and not 201");
});
