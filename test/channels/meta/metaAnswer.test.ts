import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { failureOfReport, readGraphAnswer } from "../../../lib/channels/meta/metaAnswer.ts";
import { strange } from "../../support/mutations.ts";
import { answer, errorAnswer } from "./sending.ts";

const read = (status: number, error: object, headers: Record<string, string> = {}) =>
  readGraphAnswer(errorAnswer(status, error, headers));

describe("an error of Meta's", () => {
  test.each<[string, number, object]>([
    ["unreachable", 400, { code: 131026 }],
    ["unreachable", 400, { code: 551, error_subcode: 1545041 }],
    ["unreachable", 400, { code: 100, error_subcode: 2018001 }],
    ["windowClosed", 400, { code: 131047 }],
    ["windowClosed", 400, { code: 10, error_subcode: 2018278 }],
    ["windowClosed", 403, { code: 10, message: "(#10) This message is sent outside of allowed window." }],
    ["notPermitted", 403, { code: 10, message: "(#10) Application does not have permission for this action" }],
    ["notPermitted", 500, { code: 3 }],
    ["notPermitted", 403, { code: 230 }],
    ["notPermitted", 403, { code: 131031 }],
    ["notPermitted", 400, { code: 131050 }],
    ["wrongCredentials", 400, { code: 190, error_subcode: 463 }],
    ["wrongCredentials", 401, { code: 0 }],
    ["wrongCredentials", 401, { message: "without a code" }],
    ["refused", 400, { code: 100 }],
    ["refused", 400, { code: 131053 }],
    ["refused", 404, { code: 132001 }],
  ])("that says %s, with status %i, ends the attempts: %j", (reason, status, error) => {
    expect(read(status, error)).toMatchObject({ kind: "refused", failure: { reason } });
  });

  test.each<[number, object]>([
    [400, { code: 130429 }],
    [400, { code: 613 }],
    [400, { code: 80007 }],
    [400, { code: 4 }],
    [503, { code: 2 }],
    [500, { code: 131000 }],
    [400, { code: 1, is_transient: true }],
    [500, { code: 1 }],
    [429, {}],
    [502, {}],
  ])("of a limit or of passing trouble, with status %i, is tried again later: %j", (status, error) => {
    expect(read(status, error)).toMatchObject({ kind: "later", failure: { reason: "expired" } });
  });

  test("says how long to wait: by Retry-After, by the usage of the account, or by the rate of one person", () => {
    expect(read(429, { code: 4 }, { "retry-after": "7" })).toMatchObject({ kind: "later", seconds: 7 });
    const usage = JSON.stringify({
      "10": [{ type: "messenger", call_count: 100, estimated_time_to_regain_access: 3 }],
    });
    expect(read(400, { code: 80006 }, { "x-business-use-case-usage": usage })).toMatchObject({ seconds: 180 });
    expect(read(400, { code: 131056 })).toMatchObject({ kind: "later", seconds: 6 });
    expect(read(400, { code: 130429 })).not.toHaveProperty("seconds");
  });

  test("is told in Meta's fullest words, but without the token in them", () => {
    const error = { code: 131047, message: "(#131047) Re-engagement", error_data: { details: "More than 24 hours" } };
    expect(read(400, error)).toMatchObject({ failure: { message: "More than 24 hours" } });
    const malformed = { code: 190, message: `Malformed access token EAAG${"x1_-".repeat(20)} here` };
    expect(read(400, malformed)).toMatchObject({ failure: { message: "Malformed access token … here" } });
  });
});

test("an answer that is well tells the ids of its messages, if it tells any", () => {
  expect(readGraphAnswer(answer({ messages: [{ id: "wamid.1" }] }))).toEqual({
    kind: "accepted",
    externalIds: ["wamid.1"],
  });
  expect(readGraphAnswer(answer({ recipient_id: "1", message_id: "mid.1" }))).toEqual({
    kind: "accepted",
    externalIds: ["mid.1"],
  });
  expect(readGraphAnswer(answer({ success: true }))).toEqual({ kind: "accepted", externalIds: [] });
});

test("a report on a message that failed has no reason that stands for a later attempt", () => {
  expect(failureOfReport({ code: 130429, title: "Rate limit hit" })).toEqual({
    reason: "refused",
    message: "Rate limit hit",
  });
  expect(failureOfReport({})).toMatchObject({ reason: "refused" });
});

test("whatever is answered is read without an exception", () => {
  const headers = fc.dictionary(fc.constantFrom("retry-after", "x-business-use-case-usage", "date"), fc.string());
  const bodies = fc.oneof(
    fc.string(),
    strange.map((one) => String(JSON.stringify(one))),
    strange.map((one) => JSON.stringify({ error: one, messages: one, message_id: one })),
    fc
      .tuple(strange, strange)
      .map(([code, data]) => JSON.stringify({ error: { code, error_data: data, message: data } })),
  );
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), headers, bodies, (status, given, body) => {
      const result = readGraphAnswer({ status, headers: given, body });
      expect(["accepted", "refused", "later"]).toContain(result.kind);
      if (result.kind === "later" && result.seconds !== undefined) expect(result.seconds).toBeGreaterThanOrEqual(0);
      if (result.kind !== "accepted") expect(result.failure.message.length).toBeLessThanOrEqual(500);
    }),
  );
});
