import { expect, test } from "vitest";
import { setUp } from "./setUp.ts";

const fixture = setUp();

test("the configuration is asked for again after a server error and after no answer", async () => {
  fixture.server.fail("GET /integrations/*/config", { status: 502 }, "unreachable");
  await fixture.open();
  expect(fixture.server.seen).toHaveLength(3);
});

test("a request that keeps failing is given up after as many retries as the configuration allows", async () => {
  const { smooch } = await fixture.open();
  const failure = { status: 500, body: { error: { code: "unhandled_error", description: "Request id 7" } } };
  fixture.server.fail("POST /appusers", ...Array(10).fill(failure));
  await expect(smooch.createConversation()).rejects.toMatchObject({
    code: "unhandled_error",
    description: "Request id 7",
    message: "Request id 7",
    status: 500,
  });
  expect(fixture.server.calls("POST /appusers")).toHaveLength(4);
});

test.each([400, 401, 403, 404, 409, 413, 429])("a %i is final", async (status) => {
  const { smooch } = await fixture.open();
  fixture.server.fail("POST /appusers", { status });
  await expect(smooch.createConversation()).rejects.toMatchObject({ status });
  expect(fixture.server.calls("POST /appusers")).toHaveLength(1);
});

test("an answer that never comes counts as a network failure", async () => {
  const tab = await fixture.open();
  const release = fixture.server.hold();
  const arrival = fixture.server.arrival("POST /appusers");
  const created = tab.smooch.createConversation();
  await arrival;
  tab.elapse(30_000);
  release();
  await created;
  expect(fixture.server.users.size).toBe(1);
});

test("a place that answers with something else has no configuration", async () => {
  fixture.server.fail("GET /integrations/*/config", { status: 200, body: {} });
  await expect(fixture.open()).rejects.toMatchObject({ code: "invalid_config" });
});

test("what is worthless when late is not repeated", async () => {
  const { smooch } = await fixture.open();
  await smooch.createConversation();
  fixture.server.fail("POST /conversations/*/activity", { status: 503 });
  await expect(smooch.startTyping()).rejects.toMatchObject({ status: 503 });
  expect(fixture.server.calls("POST /conversations/*/activity")).toHaveLength(1);
});
