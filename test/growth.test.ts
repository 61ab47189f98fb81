import { describe, expect, test } from "vitest";
import { verifyToken } from "../lib/auth/apiKeys.ts";
import { readSdkCredentials } from "../lib/auth/userTokens.ts";
import { parseLosslessJson } from "../lib/channels/kit/losslessJson.ts";
import { storable } from "../lib/channels/kit/storable.ts";
import { htmlOfMarkdown } from "../lib/http/markdown.ts";
import { readJson, readRequest } from "../lib/http/request.ts";
import { signedDelivery } from "../lib/local/channelSamples.ts";
import { eventLimit, gateway } from "../lib/local/gateway.ts";
import { type ChannelRequest, channelTypes } from "../lib/model/channel.ts";
import { readFormData } from "../lib/model/values/formData.ts";
import { readMailbox } from "../lib/model/values/mailbox.ts";
import { textOfHtml } from "../lib/model/values/richText.ts";
import { readUrlEncoded } from "../lib/model/values/urlEncoded.ts";
import { channels } from "./support/channels.ts";
import { countSteps } from "./support/countSteps.ts";

/** The most bytes of a body that a Lambda is handed, which come in base64. */
const bodyLimit = (eventLimit / 4) * 3;
/** Enough to tell a square by, where there are many inputs to try. */
const plenty = 131_072;
/** The most that Node, and the gateway, take of the first line and the headers. */
const headLimit = 16 * 1024;

/** A text of so many characters: a piece again and again, between a beginning and an end. */
type Piece = string | readonly [begin: string, piece: string, end?: string];

function written(given: Piece, size: number): string {
  const [begin, piece, end = ""] = typeof given === "string" ? ["", given] : given;
  return begin + piece.repeat(Math.max(0, Math.ceil((size - begin.length - end.length) / piece.length))) + end;
}

/**
 * Reads each input, and one of twice its size, small and as large as can come, and holds that the steps of them all grow
 * by less than three times: where those of one grow with the square, they grow four times.
 */
async function expectLinear<Input>(
  limit: number,
  inputsOf: (size: number) => Input[],
  read: (input: Input) => unknown,
) {
  const counted = async (size: number) => {
    const inputs = inputsOf(size);
    return countSteps(async () => {
      for (const input of inputs) await read(input);
    });
  };
  await counted(256);
  for (const size of [Math.min(4_096, limit / 4), limit / 2]) {
    const [before, after] = [await counted(size), await counted(size * 2)];
    expect(after / before, `of ${size * 2}, to ${size}`).toBeLessThan(3);
  }
}

const texts = (pieces: readonly Piece[]) => (size: number) => pieces.map((piece) => written(piece, size));
const bytes = (pieces: readonly Piece[]) => (size: number) => pieces.map((piece) => Buffer.from(written(piece, size)));

const urlEncoded = ["a&", "&", "a=1&", "=", "%41", "+", "a=%&", "%f0%9f%a6&", "a"] as const;

const disposition = "--b\r\nContent-Disposition: form-data; ";
const multipart: readonly Piece[] = [
  `${disposition}name="a"\r\n\r\n1\r\n`,
  `${disposition}${';name="'.repeat(200)}\r\n\r\n1\r\n`,
  `${disposition}${"; \t ".repeat(500)}x\r\n\r\n1\r\n`,
  `--b\r\n${"content-type:\r\ncontent-disposition:\r\n".repeat(50)}\r\n\r\n1\r\n`,
  "--b\r\nX: y\r\n",
  "--b\r\n",
  ["--b\r\n\r\n", "\r\n--"],
  ["--b\r\n", "\r\n"],
  [`${disposition}name="a"\r\n\r\n`, "x", "\r\n--b--"],
  [`${disposition}name="`, "x"],
];
const readMultipart = (body: Buffer) => readFormData("multipart/form-data; boundary=b", body);

const json: readonly Piece[] = [
  ["[", "1234567890123456789,", "1]"],
  "9",
  "-9",
  ["", "9", "."],
  ["", "[", "1"],
  '{"a":',
  '"',
  ["12345678901234567 ", '"\\'],
  ['12345678901234567 "', "\\"],
  ['12345678901234567 "', '\\"'],
  ["[12345678901234567,", '"a",', "1]"],
  " ",
  "\ufffd",
];

const html: readonly Piece[] = [
  ...[
    "<",
    "<a",
    "</",
    "<!--",
    "-->",
    "<script>",
    "<script></script",
    "<style></style >",
    "<br>",
    "<br >x",
    "<p>a</p>\n",
  ],
  ...[" ", "&", "&#", "&amp;", "&amp", "&nbsp;", "&#10; ", "< ", ">", "x"],
  ["x", " "],
  ["x", "\n"],
];

const senders = ["<", ">", '"', "(", ")", "\\", "<a@b", "<a@b>", ",", ":", ";", " ", "a@b,", "=?utf-8?q?"] as const;

describe("the steps of reading grow as the length, of", () => {
  test("URL-encoded forms and queries", async () => {
    await expectLinear(plenty, bytes(urlEncoded), (body) => readFormData(undefined, body));
    await expectLinear(headLimit, texts(urlEncoded), readUrlEncoded);
  });

  test("forms in parts", async () => {
    await expectLinear(plenty, bytes(multipart), readMultipart);
    const boundary = `${"-".repeat(255)}x`;
    await expectLinear(plenty, bytes([[`--${boundary}\r\n\r\n`, "-"]]), (body) =>
      readFormData(`multipart/form-data; boundary=${boundary}`, body),
    );
  });

  test("their types", async () => {
    const pieces = [';boundary="', "; ", ";boundary=", " ;", "x"].map((piece): Piece => ["multipart/form-data", piece]);
    await expectLinear(headLimit, texts(pieces), (type) => readFormData(type, Buffer.alloc(0)));
  });

  test("JSON", async () => {
    await expectLinear(plenty, bytes(json), (body) => storable(parseLosslessJson(body)));
  });

  test("HTML", async () => {
    await expectLinear(plenty, texts(html), (text) => textOfHtml(text));
  });

  test("senders of mails", async () => {
    await expectLinear(plenty, texts(senders), readMailbox);
    await expectLinear(2_048, texts(senders.map((piece) => ["", piece, "<a@b.example>"])), readMailbox);
  });

  // Marked's own steps grow with the square where marks are never closed, so the length is bounded before it reads.
  test("Markdown no more than with the square, of 4096 characters", async () => {
    const marks = [
      "*a",
      "_a_ ",
      "[",
      "![](",
      "[a](b",
      "> ",
      "- ",
      "`a",
      "|",
      "<",
      "&",
      "http://a.",
      "a@",
      "~~",
      "[a]: b\n",
    ];
    for (const text of texts(marks)(4_096)) {
      const steps = await countSteps(() => htmlOfMarkdown(text, 4_096));
      expect(steps, text.slice(0, 10)).toBeLessThan(4 * 4_096 ** 2);
    }
  });

  test("requests", async () => {
    const eventOf = (rawQueryString: string, body: string) => ({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/",
      rawQueryString,
      headers: {},
      // What of an event is not read here is left out.
      requestContext: { http: { method: "POST", sourceIp: "" } } as Parameters<typeof readRequest>[0]["requestContext"],
      body,
      isBase64Encoded: false,
    });
    const bodies = texts(["[", '{"a":', '[{"a":1}],', " ", '"', ['{"a":[', "[],", "[]]}"]]);
    const read = (event: Parameters<typeof readRequest>[0]) => {
      try {
        readJson(readRequest(event));
      } catch {
        // Whether it is refused is tested elsewhere.
      }
    };
    await expectLinear(plenty, (size) => bodies(size).map((body) => eventOf("", body)), read);
    await expectLinear(headLimit, (size) => texts(urlEncoded)(size).map((query) => eventOf(query, "")), readRequest);
  });

  test("credentials", async () => {
    const unknown = async () => undefined;
    const pieces = [".", "a.", "e30.", "eyJhbGciOiJIUzI1NiIsImtpZCI6ImFwcF8xIn0", " ", "Basic ", "Bearer ", ":"];
    await expectLinear(headLimit, texts(pieces), (token) =>
      verifyToken(token, unknown, new Date()).catch(() => undefined),
    );
    const headers = pieces.flatMap((piece): Piece[] => ["Basic ", "Bearer ", ""].map((begin) => [begin, piece]));
    await expectLinear(headLimit, texts(headers), (header) =>
      readSdkCredentials(header, "1", unknown, new Date()).catch(() => undefined),
    );
  });

  test("paths and cookies", async () => {
    const answer = gateway({ all: { routeKeys: ["ANY /{rest+}", "$default"] } }, async () => ({ statusCode: 200 }));
    const requests = (size: number) =>
      texts(["/", "%2f", "%", "a", "?", "//a"])(size).map((target) => ({
        method: "GET",
        target: `/${target}`,
        httpVersion: "1.1",
        rawHeaders: ["Cookie", written("; ", size / 2)],
        body: Buffer.alloc(0),
        sourceIp: "127.0.0.1",
        port: 1,
      }));
    await expectLinear(headLimit, requests, answer);
  });
});

describe("up to all that a Lambda is handed, the steps of reading grow as the length, of", () => {
  test.each<[string, Piece, (body: Buffer) => unknown]>([
    ["a form of fields", "a&", (body) => readFormData(undefined, body)],
    ["a form of parts", `--b\r\n${"x".repeat(9_999)}\r\n\r\n1\r\n`, readMultipart],
    ["JSON of long numbers", ["[", "1234567890123456789,", "1]"], parseLosslessJson],
    ["HTML of brackets", "<", (body) => textOfHtml(body.toString())],
    ["HTML of comments", "<!--", (body) => textOfHtml(body.toString())],
  ])("%s", async (_, piece, read) => {
    await expectLinear(bodyLimit, bytes([piece]), read);
  });
});

/** Every secret of every channel. */
const credentials = Object.fromEntries(
  Object.values(channels).flatMap(({ fields }) =>
    Object.entries(fields).flatMap(([name, { secret }]) => (secret ? [[name, `${name}-1`]] : [])),
  ),
);
const publicUrl = "https://sunroom.example/webhooks/1";

describe.each(channelTypes)("the steps of a delivery of %s grow as its length", (type) => {
  const request = (headers: ChannelRequest["headers"], rawBody: Buffer, query = ""): ChannelRequest => ({
    method: "POST",
    publicUrl: query === "" ? publicUrl : `${publicUrl}?${query}`,
    query: readUrlEncoded(query),
    headers,
    rawBody,
    receivedAt: new Date(0),
  });
  const readAll = (delivery: ChannelRequest) => {
    channels[type].handshake(delivery, credentials);
    channels[type].verify(delivery, credentials);
    channels[type].parse(delivery, credentials);
  };

  test("before it is verified, and where it is read", async () => {
    const pieces: readonly Piece[] = [
      ...urlEncoded,
      ["signature=1&timestamp=1&token=1&", "a=1&"],
      ['{"a":', "["],
      ['{"object":"page","events":[', '{"id":"1"},', '{}],"entry":[]}'],
    ];
    const deliveries = (contentType: string) => (size: number) =>
      bytes(pieces)(size).map((body) => request({ "content-type": contentType }, body));
    await expectLinear(plenty, deliveries("application/x-www-form-urlencoded"), readAll);
    await expectLinear(plenty, deliveries("application/json"), readAll);
  });

  test("with its headers and its query", async () => {
    const names = ["x-twilio-signature", "x-twilio-webhooks-signature-settings", "messagebird-signature-jwt"];
    const headers = [...names, "x-hub-signature-256", "x-line-signature", "content-type"];
    const deliveries = (size: number) =>
      texts(["a&", ".", "=", ",", "e30."])(size).map((value) =>
        request(Object.fromEntries(headers.map((name) => [name, value])), Buffer.from("a=1"), value),
      );
    await expectLinear(headLimit / 2, deliveries, readAll);
  });
});

const list = <T>(length: number, item: (id: string) => T): T[] =>
  Array.from({ length: Math.ceil(length) }, (_, index) => item(String(index)));

/** What the sender of a genuine delivery chooses, in a size that the sender chooses. */
const chosen: Partial<Record<keyof typeof channels, (size: number) => object[]>> = {
  mailgun: (size) => [
    { "body-html": "<".repeat(size), from: "a@b.example" },
    { from: '"<'.repeat(size / 2), "body-plain": "x" },
    { subject: "=?utf-8?q?".repeat(size / 10), from: "a@b.example" },
    { "message-headers": `[${'["a","b"],'.repeat(size / 10)}[]]` },
    { "message-headers": "[".repeat(size) },
    { "message-headers": `[${'["X-Mailgun-Spf","Pass"],'.repeat(size / 25)}[]]` },
  ],
  twilio: (size) => [{ Body: " ".repeat(size), From: `+${"1".repeat(size)}`, MessageSid: "1" }],
  messagebird: (size) => [
    { body: "x".repeat(size), originator: "1".repeat(size), id: "1" },
    { mediaUrls: [`http://${"a.jpg?".repeat(size / 6)}`], originator: "1", id: "1" },
  ],
  line: (size) => [{ events: list(size / 100, (userId) => ({ type: "message", source: { userId } })) }],
  whatsapp: (size) => {
    const contacts = list(size / 200, (wa_id) => ({ wa_id }));
    const messages = list(size / 200, (id) => ({ id, from: id, type: "text", text: { body: "x" } }));
    const changes = [{ field: "messages", value: { contacts, messages } }];
    return [{ object: "whatsapp_business_account", entry: [{ id: "1", changes }] }];
  },
  messenger: (size) => {
    const messaging = list(size / 100, (id) => ({ sender: { id }, message: { mid: id, text: "x" } }));
    return [{ object: "page", entry: [{ id: "1", messaging }] }];
  },
  telegram: (size) => {
    const from = { id: 1, first_name: " a".repeat(size / 2) };
    return [
      { update_id: 1, message: { message_id: 1, from, chat: { id: 1, type: "private" }, text: "x".repeat(size) } },
    ];
  },
  viber: (size) => {
    const sender = { id: "1", name: " ".repeat(size), avatar: "http://".repeat(size / 7) };
    return [{ event: "message", message_token: 1, sender, message: { type: "text", text: "x" } }];
  },
};

test.each(channelTypes.filter((type) => chosen[type]))(
  "the steps of a genuine delivery of %s grow as its length",
  async (type) => {
    const now = new Date();
    const deliveries = (size: number) =>
      (chosen[type]?.(size) ?? []).map((fields): ChannelRequest => {
        const { headers, body } = signedDelivery(type, { ...fields }, { credentials, publicUrl, now });
        const rawBody = Buffer.from(body);
        return { method: "POST", publicUrl, query: new URLSearchParams(), headers, rawBody, receivedAt: now };
      });
    await expectLinear(plenty, deliveries, (delivery) => {
      expect(channels[type].verify(delivery, credentials)).toEqual({ ok: true });
      channels[type].parse(delivery, credentials);
    });
  },
);
