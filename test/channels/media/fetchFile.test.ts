import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { loadMediaReader } from "../../../lib/channels/loadMediaReader.ts";
import { type Fetched, fetchFile } from "../../../lib/channels/media/fetchFile.ts";
import type { ChannelType } from "../../../lib/model/channel.ts";
import type { ChannelMedia } from "../../../lib/model/files/channelMedia.ts";
import { startReceiver } from "../../support/startReceiver.ts";

const provider = await startReceiver();
afterAll(provider.close);
beforeEach(() => provider.answer(500));

const credentials = {
  token: "123456:ABC-DEF1234",
  accessToken: "whatsapp-token",
  channelAccessToken: "line-token",
  accountSid: "AC1",
  authToken: "twilio-secret",
};

async function fetchOf(type: ChannelType, media: ChannelMedia): Promise<Fetched> {
  const reader = await loadMediaReader(type);
  if (!reader) throw new Error(`${type} has no reader of files.`);
  const access = { hosts: reader.hosts, apiUrl: provider.url, signal: AbortSignal.timeout(10_000) };
  return fetchFile(reader, media, credentials, access);
}

const json = (body: unknown, status = 200, headers = {}) => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});
const picture = { headers: { "content-type": "image/jpeg" }, body: "picture" };
const file = { kind: "file", bytes: Buffer.from("picture"), mediaType: "image/jpeg" };
const lately = (count: number) => provider.received.slice(-count).map(({ method, path }) => `${method} ${path}`);

describe("Telegram", () => {
  const told = (file_path: unknown) => json({ ok: true, result: { file_id: "b", file_path } });

  test("tells a file's path, then answers it", async () => {
    provider.answerOnce(told("photos/file 1.jpg"), picture);
    expect(await fetchOf("telegram", { id: "a/b?" })).toEqual(file);
    expect(lately(2)).toEqual([
      "GET /bot123456:ABC-DEF1234/getFile?file_id=a%2Fb%3F",
      "GET /file/bot123456:ABC-DEF1234/photos/file%201.jpg",
    ]);
  });

  test("may answer a file that is JSON, and looks like a path", async () => {
    provider.answerOnce(told("documents/a.json"), told("documents/b.json"));
    expect(await fetchOf("telegram", { id: "a" })).toMatchObject({ kind: "file", mediaType: "application/json" });
  });

  test("leads to none of its own files by a path with dots", async () => {
    for (const path of ["../../botX/getMe", "/etc/passwd", "a/./b", ""]) {
      provider.answerOnce(told(path));
      expect(await fetchOf("telegram", { id: "a" }), path).toMatchObject({ kind: "failed" });
    }
  });

  test.each([
    [json({ ok: false, error_code: 400, description: "Bad Request: file is too big" }, 400), "failed", "refused"],
    [json({ ok: false, error_code: 401, description: "Unauthorized" }, 401), "failed", "wrongCredentials"],
    [json({ ok: false, error_code: 404, description: "Not Found" }, 404), "failed", "wrongCredentials"],
    [json({ ok: false, error_code: 500 }, 500), "later", "expired"],
    [json("nothing"), "failed", "refused"],
    [{ body: "<html>" }, "failed", "refused"],
  ] as const)("says why there is none: %j", async (answer, kind, reason) => {
    provider.answerOnce(answer);
    expect(await fetchOf("telegram", { id: "a" })).toMatchObject({ kind, reason });
  });

  test("says how long to wait", async () => {
    provider.answerOnce(json({ ok: false, error_code: 429, parameters: { retry_after: 35 } }, 429));
    expect(await fetchOf("telegram", { id: "a" })).toMatchObject({ kind: "later", seconds: 35 });
  });
});

describe("WhatsApp", () => {
  const told = (more: object) => json({ messaging_product: "whatsapp", id: "1", mime_type: "image/jpeg", ...more });
  const url = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1&ext=2";

  test("tells a file's URL, then answers it, both by the token", async () => {
    provider.answerOnce(told({ url, file_size: 7 }), picture);
    expect(await fetchOf("whatsapp", { id: "1003383421387256" })).toEqual(file);
    expect(lately(2)).toEqual(["GET /v25.0/1003383421387256", "GET /whatsapp_business/attachments/?mid=1&ext=2"]);
    for (const { headers } of provider.received.slice(-2)) expect(headers.authorization).toBe("Bearer whatsapp-token");
  });

  test("answers a file by the URL in the delivery, if that has no id", async () => {
    provider.answerOnce(picture);
    expect(await fetchOf("whatsapp", { url })).toEqual(file);
  });

  test("may answer a file that is JSON, and names another URL", async () => {
    provider.answerOnce(told({ url }), told({ url: "https://graph.facebook.com/me" }));
    expect(await fetchOf("whatsapp", { id: "1" })).toMatchObject({ kind: "file", mediaType: "application/json" });
  });

  test("leads to no other host, and to no file that is too large", async () => {
    provider.answerOnce(told({ url: "https://evil.example/" }));
    expect(await fetchOf("whatsapp", { id: "1" })).toEqual({ kind: "failed", reason: "host not allowed" });
    provider.answerOnce(told({ url, file_size: "26214401" }));
    expect(await fetchOf("whatsapp", { id: "1" })).toMatchObject({ kind: "failed", reason: "refused" });
  });

  test.each([
    [json({ error: { message: "Error validating access token", code: 190 } }, 401), "failed", "wrongCredentials"],
    [json({ error: { message: "Unsupported get request", code: 100 } }, 400), "failed", "refused"],
    [json({}, 200), "failed", "refused"],
    [json({ url: 7 }), "failed", "refused"],
    [json({ error: { code: 4 } }, 429, { "retry-after": "60" }), "later", "expired"],
  ] as const)("says why there is none: %j", async (answer, kind, reason) => {
    provider.answerOnce(answer);
    expect(await fetchOf("whatsapp", { id: "1" })).toMatchObject({ kind, reason });
  });
});

describe("LINE", () => {
  test("answers a message's file by the token", async () => {
    provider.answerOnce(picture);
    expect(await fetchOf("line", { id: "354718705033693861" })).toEqual(file);
    expect(lately(1)).toEqual(["GET /v2/bot/message/354718705033693861/content"]);
    expect(provider.received.at(-1)?.headers.authorization).toBe("Bearer line-token");
  });

  test("is asked again while it prepares a video", async () => {
    provider.answerOnce(202);
    expect(await fetchOf("line", { id: "1" })).toMatchObject({ kind: "later" });
  });

  test.each([
    [401, "failed", "wrongCredentials"],
    [404, "failed", "unreachable"],
    [410, "failed", "unreachable"],
    [429, "later", "expired"],
    [503, "later", "expired"],
    [204, "failed", "refused"],
  ] as const)("says why there is none: %j", async (status, kind, reason) => {
    provider.answerOnce(status);
    expect(await fetchOf("line", { id: "1" })).toMatchObject({ kind, reason });
  });
});

describe("Twilio", () => {
  const url = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1";

  test("leads from its API, which gets the account's credentials, to another host, which does not", async () => {
    for (const there of ["https://mms.twiliocdn.com/AC1/ME1?X=1", "https://s3-external-1.amazonaws.com/AC1/ME1?X=1"]) {
      provider.answerOnce({ status: 307, headers: { location: there } }, picture);
      expect(await fetchOf("twilio", { url })).toEqual(file);
      expect(lately(2)).toEqual(["GET /2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1", "GET /AC1/ME1?X=1"]);
      const [atApi, atFiles] = provider.received.slice(-2);
      expect(atApi?.headers.authorization).toBe(`Basic ${Buffer.from("AC1:twilio-secret").toString("base64")}`);
      expect(atFiles?.headers).not.toHaveProperty("authorization");
    }
  });

  test("is asked at no other host", async () => {
    for (const other of ["https://evil.example/ME1", "https://api.twilio.com.evil.example/", "nonsense"])
      expect(await fetchOf("twilio", { url: other }), other).toEqual({ kind: "failed", reason: "host not allowed" });
  });

  test.each([
    [401, "failed", "wrongCredentials"],
    [404, "failed", "unreachable"],
    [500, "later", "expired"],
  ] as const)("says why there is none: %j", async (status, kind, reason) => {
    provider.answerOnce(status);
    expect(await fetchOf("twilio", { url })).toMatchObject({ kind, reason });
  });
});

test("a provider that leads on and on is left", async () => {
  provider.answer(json({ url: "https://graph.facebook.com/v25.0/1" }));
  const before = provider.received.length;
  expect(await fetchOf("whatsapp", { id: "1" })).toEqual({ kind: "failed", reason: "too many requests" });
  expect(provider.received.length - before).toBe(4);
});

test("a channel whose files have URLs for all has no reader", async () => {
  expect(await loadMediaReader("messenger")).toBeUndefined();
});
