import { describe, expect, test } from "vitest";
import {
  changedWebhook,
  newWebhook,
  previousSecretOf,
  webhookTriggers,
  withNewSecret,
} from "../../../lib/model/events/webhook.ts";

const now = new Date("2026-01-02T03:04:05.678Z");
const hoursLater = (hours: number) => new Date(now.getTime() + hours * 3_600_000);
const names = { id: "webhook", integrationId: "integration" };
const chosen = { target: "https://example.org/", triggers: ["conversation:read" as const] };

describe("a new webhook", () => {
  test("hears of what was chosen, in short, with a secret of its own", () => {
    const made = newWebhook(names, chosen, now);
    expect(made).toEqual({
      ...names,
      ...chosen,
      secret: expect.stringMatching(/^[0-9a-f]{32}$/),
      includeFullUser: false,
      includeFullSource: false,
      createdAt: "2026-01-02T03:04:05.678Z",
    });
    expect(newWebhook(names, chosen, now).secret).not.toBe(made.secret);
  });

  test("has what its owner chose", () => {
    const all = { ...chosen, secret: "chosen", includeFullUser: true, includeFullSource: true };
    expect(newWebhook(names, all, now)).toEqual({ ...names, ...all, createdAt: now.toISOString() });
  });
});

describe("a rotation", () => {
  const made = newWebhook(names, { ...chosen, secret: "first" }, now);
  const rotated = withNewSecret(made, now);

  test("keeps the secret before it for a day", () => {
    expect(rotated).toEqual({
      ...made,
      secret: expect.stringMatching(/^[0-9a-f]{32}$/),
      previousSecret: { secret: "first", until: hoursLater(24).toISOString() },
    });
    expect(previousSecretOf(rotated, hoursLater(23.99))).toBe("first");
    expect(previousSecretOf(rotated, hoursLater(24))).toBeUndefined();
    expect(previousSecretOf(made, now)).toBeUndefined();
  });

  test("that is asked for again within the day is the same one, and another after it", () => {
    expect(withNewSecret(rotated, hoursLater(23))).toBe(rotated);
    const next = withNewSecret(rotated, hoursLater(24));
    expect(next.secret).not.toBe(rotated.secret);
    expect(previousSecretOf(next, hoursLater(25))).toBe(rotated.secret);
  });

  test("goes on under another change, and ends with a secret of the owner's choice", () => {
    expect(changedWebhook(rotated, { includeFullUser: true })).toEqual({ ...rotated, includeFullUser: true });
    expect(changedWebhook(rotated, { secret: "second" })).toEqual({ ...made, secret: "second" });
  });
});

test("a change leaves what it does not name", () => {
  const made = newWebhook(names, { ...chosen, includeFullUser: true, includeFullSource: true }, now);
  expect(changedWebhook(made, {})).toEqual(made);
  const all = { target: "https://example.org/2", triggers: ["user:remove" as const], includeFullUser: false };
  expect(changedWebhook(made, { ...all, includeFullSource: false })).toEqual({
    ...made,
    ...all,
    includeFullSource: false,
  });
});

test("the triggers are the vendor's, each once", () => {
  expect(new Set(webhookTriggers).size).toBe(webhookTriggers.length);
  expect(webhookTriggers).toHaveLength(26);
});
