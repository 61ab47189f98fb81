import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { SamplePayload } from "../../lib/channels/contract.ts";
import { signedDelivery } from "../../lib/local/channelSamples.ts";
import type { ChannelRequest, ChannelType, Credentials, Parsed } from "../../lib/model/channel.ts";
import { channels } from "../support/channels.ts";

/** One file of `test/examples/<channel>`: a webhook call and what must come of it. */
export interface Example {
  readonly description: string;
  readonly credentials: Credentials;
  readonly receivedAt?: string;
  readonly request: {
    readonly method?: string;
    readonly publicUrl?: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** The bytes as they came, with the signature in `headers` … */
    readonly body?: string;
    /** … or, easier to read, what they say: written and signed as the provider does it. */
    readonly payload?: SamplePayload;
  };
  readonly expect: {
    readonly handshake?: { readonly status: number; readonly body?: string };
    /** The status of a refusal; without it the delivery is genuine. */
    readonly refusal?: number;
    /** Each matched by the properties given here, in order; `raw` may be "kept" or "not kept", and of a text names all fields that are kept. */
    readonly events?: readonly {
      readonly kind?: string;
      readonly person?: { readonly externalId?: string; readonly aliases?: readonly string[] };
      readonly raw?: unknown;
      readonly content?: { readonly type?: string };
    }[];
    readonly skipped?: readonly string[];
    /** The reports on what was sent, whole, with times as text. */
    readonly receipts?: readonly object[];
    /** The reasons for which pieces are kept as dead letters. */
    readonly deadLetters?: readonly string[];
  };
}

export const webhookUrl = "https://sunroom.example/webhooks/64f0c3a1b2c3d4e5f6a7b8c9";

/** The examples of a channel, by file name. */
export function readExamples(type: ChannelType): readonly [name: string, example: Example][] {
  const folder = new URL(`../examples/${type}/`, import.meta.url);
  return readdirSync(folder).map((file) => [
    file.replace(/\.json$/, ""),
    // A cast because these files are the tests' own; a wrong one fails its test.
    JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Example,
  ]);
}

/** A request with these parts, and none of the others. */
export function channelRequest(parts: {
  readonly method?: string;
  readonly publicUrl?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Uint8Array;
  readonly receivedAt?: Date;
}): ChannelRequest {
  const { method = "POST", publicUrl = webhookUrl, headers = {}, body = "", receivedAt = new Date() } = parts;
  const query = new URL(publicUrl).searchParams;
  return { method, publicUrl, query, headers, rawBody: Buffer.from(body), receivedAt };
}

/** The request of an example, signed if it is not. */
export function requestOf(type: ChannelType, { request, credentials, receivedAt }: Example): ChannelRequest {
  const { method, publicUrl = webhookUrl, payload } = request;
  const now = receivedAt === undefined ? new Date() : new Date(receivedAt);
  const signed = payload === undefined ? undefined : signedDelivery(type, payload, { credentials, publicUrl, now });
  return channelRequest({
    method,
    publicUrl,
    headers: { ...signed?.headers, ...request.headers },
    body: signed?.body ?? request.body,
    receivedAt: now,
  });
}

/** Declares a test for each example of the channel, named by its description. */
export function testExamples(type: ChannelType): void {
  for (const [name, example] of readExamples(type)) {
    test(`${example.description} (${name})`, () => {
      const channel = channels[type];
      const request = requestOf(type, example);
      const expected = example.expect;
      const handshake = channel.handshake(request, example.credentials);
      expect(handshake).toEqual(
        expected.handshake === undefined ? undefined : expect.objectContaining(expected.handshake),
      );
      if (handshake !== undefined) return;
      const verdict = channel.verify(request, example.credentials);
      expect(verdict).toMatchObject(
        expected.refusal === undefined ? { ok: true } : { ok: false, status: expected.refusal },
      );
      if (verdict.ok) expectParsed(type, channel.parse(request, example.credentials), expected);
    });
  }
}

function expectParsed(type: ChannelType, parsed: Parsed, expected: Example["expect"]): void {
  const { events = [], skipped = [], deadLetters = [] } = expected;
  expect(parsed.events.map((event, index) => outline(event, events[index]))).toMatchObject(events);
  expect(parsed.events).toHaveLength(events.length);
  for (const [index, { content, raw }] of events.entries())
    if (content?.type === "text" && typeof raw === "object" && type !== "mailgun")
      expect(namesIn(rawIn(parsed.events[index]))).toEqual(namesIn(raw));
  expect(parsed.skipped).toEqual(skipped);
  expect(JSON.parse(JSON.stringify(parsed.receipts ?? []))).toEqual(expected.receipts ?? []);
  expect(parsed.unreadable.map(({ reason }) => reason)).toEqual(deadLetters);
}

const rawIn = (event: object | undefined): unknown => event && "raw" in event && event.raw;
const namesIn = (raw: unknown): readonly string[] => Object.keys(Object(raw)).sort();

/** The event with its times as text and with `raw` reduced to whether it was kept, where that is all the example says. */
function outline(event: object, expected: { readonly raw?: unknown } = {}): object {
  const plain = JSON.parse(JSON.stringify(event));
  if (typeof expected.raw === "string") plain.raw = plain.raw === undefined ? "not kept" : "kept";
  return plain;
}
