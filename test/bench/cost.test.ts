import { describe, expect, test } from "vitest";
import { type CountedRequest, counted } from "../../bench/cost/counted.ts";
import { estimate, total } from "../../bench/cost/estimate.ts";
import { runCost } from "../../bench/cost/runCost.ts";
import { newIntegration, newPersonal, say } from "../support/business.ts";
import { connect, write } from "../support/channelPeople.ts";
import { newDevice } from "../support/newDevice.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import { unique } from "../support/unique.ts";

const { server, costOf } = await startProxiedServer();
const app = await server.newApp();
const integrationId = await newIntegration(app);
const telegram = await connect(app, "telegram");
const { user, conversationId } = await newPersonal(app);
const device = () => newDevice(server, app, integrationId);
const messages = `/v2/apps/${app.id}/conversations/${conversationId}/messages`;
// What is remembered for a minute is read before anything is counted.
await device().begin();
await device().login(unique("someone"));
await write(server, telegram, { id: "1", messageId: "1" });
await say(app, conversationId, "Hello");

const requests: Readonly<Record<CountedRequest, () => Promise<{ readonly status: number }>>> = {
  createUser: () => app.api.post(`/v2/apps/${app.id}/users`, { externalId: unique("someone") }),
  getUser: () => app.api.get(`/v2/apps/${app.id}/users/${user.externalId}`),
  sdkLoginNew: () => device().login(unique("someone")),
  sdkCreateConversation: () => device().create(),
  channelFirst: () => write(server, telegram, { id: "2", messageId: "2" }),
  channelNext: () => write(server, telegram, { id: "1", messageId: "3" }),
  postMessage: () => app.api.post(messages, { author: { type: "business" }, content: { type: "text", text: "Yes" } }),
  listMessages: () => app.api.get(messages),
};

describe("the figures that a month's cost is computed from", () => {
  test.each(Object.keys(requests) as CountedRequest[])("%s: calls and units are those of the request", async (name) => {
    const {
      calls,
      read,
      write: written,
    } = await costOf(
      { createUser: 201, sdkCreateConversation: 201, postMessage: 201 }[name as string] ?? 200,
      requests[name],
    );
    const { cpuMilliseconds: _, ...expected } = counted[name];
    expect({ calls: calls.length, writeUnits: written, readUnits: read }).toEqual(expected);
  });
});

const usual = { users: 100_000, messages: 2_000_000, webhooks: 0, reads: 0, months: 12, stage: "prod" } as const;
const totalOf = (more: Partial<Parameters<typeof estimate>[0]>) => total(estimate({ ...usual, ...more }));

describe("a month's cost", () => {
  test("is that of the idle stack where nothing happens", () => {
    expect(totalOf({ users: 0, messages: 0 })).toBeCloseTo(14.45, 2);
    expect(totalOf({ users: 0, messages: 0, stage: "dev" })).toBeCloseTo(7.25, 2);
  });

  test("rises with users, messages, reads, webhooks and the months that are kept", () => {
    const base = totalOf({});
    expect(totalOf({ users: 200_000 })).toBeGreaterThan(base);
    for (const more of [{ messages: 4_000_000 }, { reads: 1_000_000 }, { webhooks: 1 }, { months: 24 }])
      expect(totalOf(more)).toBeGreaterThan(base);
  });

  test("counts a request of each kind by the price list", () => {
    const row = estimate({ ...usual, users: 4_000_000, messages: 0 }).find(({ name }) => name === "DynamoDB, requests");
    // A million in each of the four ways: 1 + 1 + 6 + 7 write units and 2 + 2 read units, and the changes' reading.
    expect(row?.dollars).toBeCloseTo(15 * 0.625 + 4 * 0.125 + 4 * 2 * 0.125, 6);
  });
});

describe("npm run cost", () => {
  const cost = (...words: string[]) => {
    const output = { stdout: "", stderr: "" };
    const code = runCost(words, {
      write(text) {
        output.stdout += text;
      },
      complain(text) {
        output.stderr += text;
      },
    });
    return { code, ...output };
  };

  test("prints a table with a total", () => {
    const { code, stdout } = cost("--users", "100000", "--messages", "2000000", "--webhooks", "1");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\| together +\| +\d+\.\d\d \|$/m);
  });

  test.each([
    [["--users", "many", "--messages", "1"], "--users is a whole number of at least 0, and not many."],
    [["--users", "1"], "--messages is missing: how many a month."],
    [["--users", "1", "--messages", "1", "--months", "0"], "--months is a whole number of at least 1, and not 0."],
    [["--users", "1", "--messages", "1", "--stage", "test"], "--stage is prod or dev, and not test."],
    [["--persons", "1"], "Unknown option '--persons'."],
  ])("refuses %j", (words, sentence) => {
    expect(cost(...words)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(sentence) });
  });
});
