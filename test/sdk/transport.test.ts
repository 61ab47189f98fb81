import { afterEach, describe, expect, test, vi } from "vitest";
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

describe("the pauses between the attempts of a request", () => {
  afterEach(() => void vi.restoreAllMocks());

  test("grow from a second up to the server's interval", async () => {
    // The longest pauses there can be.
    vi.spyOn(Math, "random").mockReturnValue(1);
    fixture.server.retryPolicy = { intervals: { regular: 60, aggressive: 15 }, backoffMultiplier: 2, maxRetries: 5 };
    const tab = await fixture.open();
    fixture.server.fail("POST /appusers", ...Array(5).fill({ status: 503 }));
    const before = tab.timers().length;
    for (const pause of [8000, 15_000]) tab.elapse(pause);
    await tab.smooch.createConversation();
    expect(tab.timers().slice(before)).toEqual([1000, 2000, 4000, 8000, 15_000, 5000]);
  });

  test("last while there is no network, and end when it is back", async () => {
    const tab = await fixture.open();
    await tab.smooch.createConversation();
    tab.connect(false);
    fixture.server.fail("POST /conversations/*/messages", "unreachable");
    const sent = tab.smooch.sendMessage("Written offline");
    await vi.waitFor(() => expect(tab.waiting()).toContain(60_000));
    tab.connect(true);
    await sent;
    expect(tab.waiting()).not.toContain(60_000);
    expect(fixture.server.calls("POST /conversations/*/messages")).toHaveLength(2);
  });
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
