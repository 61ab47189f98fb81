import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type FileAccess, requestFile } from "../../../lib/channels/media/requestFile.ts";
import { fileLimit } from "../../../lib/model/files/attachment.ts";
import { startReceiver } from "../../support/startReceiver.ts";

const provider = await startReceiver();
afterAll(provider.close);
beforeEach(() => provider.answer(200));

const secret = { authorization: "Bearer secret" };
const get = (url: string, access: Partial<FileAccess> = {}) =>
  requestFile(
    { method: "GET", url, headers: secret },
    {
      hosts: ["files.example", ".cdn.example"],
      apiUrl: `${provider.url}/base`,
      signal: AbortSignal.timeout(10_000),
      ...access,
    },
  );
const last = () => provider.received.at(-1);

describe("where the channel's API is pointed elsewhere", () => {
  test("each of the provider's hosts is reached there, by path and query", async () => {
    provider.answer({ headers: { "content-type": "image/png" }, body: "bytes" });
    for (const host of ["files.example", "a.cdn.example"]) {
      const answer = await get(`https://${host}/a%2Fb?c=%20`);
      expect(answer).toMatchObject({
        status: 200,
        headers: { "content-type": "image/png" },
        bytes: Buffer.from("bytes"),
      });
      expect(last()).toMatchObject({ method: "GET", path: "/base/a%2Fb?c=%20", headers: secret });
    }
  });

  test("no other host is", async () => {
    const before = provider.received.length;
    for (const url of [
      "https://other.example/",
      "https://cdn.example/",
      "https://evilcdn.example/",
      "https://files.example.evil/",
      "http://files.example/",
      "https://files.example:8443/",
      "https://user@files.example/",
      "https://files.example@evil.example/",
      "file:///etc/passwd",
      "/relative",
      "",
    ])
      expect(await get(url), url).toEqual({ fault: "host not allowed" });
    expect(provider.received).toHaveLength(before);
  });
});

describe("a redirect", () => {
  test("within an origin keeps the credentials, to another origin it drops them", async () => {
    provider.answerOnce({ status: 307, headers: { location: "/there" } }, 200);
    await get("https://files.example/here");
    expect(last()).toMatchObject({ path: "/base/there", headers: secret });
    for (const location of ["https://a.cdn.example/there", `${provider.url}/there`]) {
      provider.answerOnce({ status: 302, headers: { location } }, 200);
      expect(await get("https://files.example/here")).toMatchObject({ status: 200 });
      expect(last()?.headers).not.toHaveProperty("authorization");
    }
  });

  test("that comes back to the first origin brings no credentials along", async () => {
    provider.answerOnce(
      { status: 302, headers: { location: "https://a.cdn.example/" } },
      { status: 302, headers: { location: "https://files.example/again" } },
      200,
    );
    await get("https://files.example/here");
    expect(last()?.path).toBe("/base/again");
    expect(last()?.headers).not.toHaveProperty("authorization");
  });

  test("to another host is not followed", async () => {
    for (const location of [
      "https://other.example/",
      "http://169.254.169.254/latest/meta-data",
      "//evil.example/",
      "http://[",
    ]) {
      provider.answerOnce({ status: 301, headers: { location } });
      expect(await get("https://files.example/here"), location).toEqual({ fault: "host not allowed" });
    }
  });

  test("is followed five times", async () => {
    provider.answer({ status: 303, headers: { location: "https://files.example/on" } });
    const before = provider.received.length;
    expect(await get("https://files.example/")).toEqual({ fault: "too many redirects" });
    expect(provider.received).toHaveLength(before + 6);
  });

  test("without a place is an answer like any other", async () => {
    provider.answer(302);
    expect(await get("https://files.example/")).toMatchObject({ status: 302 });
  });
});

describe("an answer", () => {
  test("may have 25 MB, and not one byte more", async () => {
    provider.answer({ body: Buffer.alloc(fileLimit) });
    expect(await get("https://files.example/")).toMatchObject({ status: 200, bytes: { length: fileLimit } });
    provider.answer({ body: Buffer.alloc(fileLimit + 1) });
    expect(await get("https://files.example/")).toEqual({ fault: "too large" });
  });

  test("that does not end is given up at 25 MB", async () => {
    provider.answer("endless");
    expect(await get("https://files.example/")).toEqual({ fault: "too large" });
  });

  test("that does not come, or is cut off, is none", async () => {
    provider.answer("reset");
    expect(await get("https://files.example/")).toEqual({ fault: "no answer" });
    for (const reaction of ["hang", "stuck"] as const) {
      provider.answer(reaction);
      const ended = new AbortController();
      const asked = get("https://files.example/", { signal: ended.signal });
      await provider.has(provider.received.length + 1);
      ended.abort();
      expect(await asked, reaction).toEqual({ fault: "no answer" });
    }
  });
});

describe("at the provider itself", () => {
  test("a certificate that is not trusted is no answer", async () => {
    await using impostor = await startReceiver({ tls: true });
    expect(await get("https://files.example/", { apiUrl: impostor.url })).toEqual({ fault: "no answer" });
    expect(impostor.received).toHaveLength(0);
  });

  test("a name with an address that is none of the internet is not connected to", async () => {
    for (const address of ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"]) {
      const resolve = async () => [{ address, family: address.includes(":") ? 6 : 4 }];
      const asked = get("https://files.example/", { apiUrl: undefined, resolve });
      expect(await asked, address).toEqual({ fault: "host not allowed" });
    }
  });

  test("a name that is not resolved is no answer, and neither is one that is not resolved in time", async () => {
    const refuse = async () => Promise.reject(new Error("no such name"));
    expect(await get("https://files.example/", { apiUrl: undefined, resolve: refuse })).toEqual({ fault: "no answer" });
    const never = () => new Promise<never>(() => undefined);
    const signal = AbortSignal.abort();
    expect(await get("https://files.example/", { apiUrl: undefined, resolve: never, signal })).toEqual({
      fault: "no answer",
    });
  });
});
