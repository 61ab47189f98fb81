import { afterAll, describe, expect, test } from "vitest";
import { callProvider, finalFailureOf, type ProviderAccess } from "../../../lib/channels/outbound/callProvider.ts";
import type { ProviderRequest } from "../../../lib/model/channelCall.ts";
import { startReceiver } from "../../support/startReceiver.ts";

const provider = await startReceiver();
afterAll(provider.close);
const origins = ["https://api.telegram.org"];
const access: ProviderAccess = { type: "telegram", apiUrls: { telegram: `${provider.url}/base/` } };
const request: ProviderRequest = {
  method: "POST",
  url: "https://api.telegram.org/bot1:token/sendMessage?a=1",
  headers: { "content-type": "application/json", "x-key": "k" },
  body: '{"text":"Hello"}',
};

describe("a request to a provider", () => {
  test("goes where the channel's API is pointed, below its path, as it was written", async () => {
    provider.answerOnce({ status: 201, headers: { "X-Answer": "yes" }, body: "taken" });
    const answer = await callProvider(access, request, origins);
    expect(answer).toMatchObject({ status: 201, headers: { "x-answer": "yes" }, body: "taken" });
    expect(provider.received.at(-1)).toMatchObject({
      method: "POST",
      path: "/base/bot1:token/sendMessage?a=1",
      headers: { "content-type": "application/json", "x-key": "k" },
      body: '{"text":"Hello"}',
    });
  });

  test("follows no redirect, which is an answer", async () => {
    provider.answerOnce({ status: 302, headers: { location: `${provider.url}/elsewhere` } });
    const before = provider.received.length;
    expect(await callProvider(access, request, origins)).toMatchObject({ status: 302 });
    expect(provider.received.length).toBe(before + 1);
  });

  test("reads 64 kB of an answer at most, also of one without an end", async () => {
    provider.answerOnce({ body: "x".repeat(200_000) }, "endless");
    for (let count = 0; count < 2; count++) {
      const answer = await callProvider(access, request, origins);
      expect("body" in answer && answer.body.length).toBe(64 * 1024);
    }
  });

  test.each(["hang", "stuck"] as const)("to one that is silent (%s) ends by its time-out", async (reaction) => {
    provider.answerOnce(reaction);
    expect(await callProvider({ ...access, milliseconds: 100 }, request, origins)).toEqual({ error: "timeout" });
  });

  test("to one that breaks off, or that is not there, says so", async () => {
    provider.answerOnce("reset");
    expect(await callProvider(access, request, origins)).toEqual({ error: "connection reset" });
    const gone = { ...access, apiUrls: { telegram: "http://127.0.0.1:9" } };
    expect(await callProvider(gone, request, origins)).toMatchObject({ error: expect.stringMatching(/^connection/) });
  });

  test.each(["tökén 漢", "two\nlines", "\u0000"])(
    "whose credentials no header can carry (%j) is not made",
    async (bad) => {
      const headers = { authorization: `Bearer ${bad}` };
      const before = provider.received.length;
      expect(await callProvider(access, { ...request, headers }, origins)).toEqual({ error: "not writable" });
      expect(provider.received.length).toBe(before);
      expect(finalFailureOf({ error: "not writable" })?.reason).toBe("wrongCredentials");
    },
  );

  test.each([
    ["another host", { apiUrls: access.apiUrls }, "https://example.org/", origins],
    ["no host at all", { apiUrls: access.apiUrls }, "sendMessage", origins],
    ["the provider without TLS", { apiUrls: {} }, "http://api.example.org/", ["http://api.example.org"]],
  ])("to %s is not made", async (_, { apiUrls }, url, known) => {
    const before = provider.received.length;
    const answer = await callProvider({ type: "telegram", apiUrls }, { ...request, url }, known);
    expect([answer, provider.received.length]).toEqual([{ error: "not allowed" }, before]);
  });
});
