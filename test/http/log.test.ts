import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { logToTerminal } from "../../lib/http/log.ts";
import type { LogEntry } from "../../lib/model/log.ts";

describe("the log of a terminal", () => {
  let lines: string[];
  beforeEach(() => {
    lines = [];
    vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
  });
  afterEach(() => void vi.restoreAllMocks());
  const entry: LogEntry = {
    operation: "deliverEvents",
    requestId: "request",
    status: 200,
    milliseconds: 12,
    coldStart: false,
    usersCreated: 0,
  };
  const delivery = { id: "1", appId: "app", webhookId: "w", eventId: "e", type: "conversation:message" } as const;

  test("leaves out requests, which the terminal shows by itself", () => {
    logToTerminal(entry);
    expect(lines).toEqual([]);
  });

  test("shows a fault as it is logged elsewhere", () => {
    logToTerminal({ ...entry, delivery: { ...delivery, outcome: "later" }, fault: { name: "TypeError", at: "" } });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: "ERROR", fault: { name: "TypeError" } }]);
  });

  test.each([
    ["delivered", undefined, 204, "delivered to webhook w (204 in 12 ms)"],
    ["later", undefined, 500, "not delivered yet to webhook w (500 in 12 ms)"],
    ["later", "timeout", 0, "not delivered yet to webhook w (timeout)"],
    ["failed", undefined, 404, "given up, not delivered to webhook w (404 in 12 ms)"],
    ["skipped", "no webhook", 200, "not sent to webhook w (no webhook)"],
  ] as const)("tells of a delivery that was %s (%s, %i) on a line for people", (outcome, reason, status, told) => {
    logToTerminal({ ...entry, status, delivery: { ...delivery, outcome, reason } });
    expect(lines).toEqual([`event conversation:message e ${told}\n`]);
  });
});
