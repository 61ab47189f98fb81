import fc from "fast-check";
import type { ChannelSender, SendTarget } from "../../lib/channels/contract.ts";
import type { Credentials } from "../../lib/model/channel.ts";
import type { OutgoingMessage, ProviderAnswer, ProviderRequest } from "../../lib/model/channelCall.ts";
import type { Action, ItemAction } from "../../lib/model/content/action.ts";
import { normalizeContent } from "../../lib/model/content/contentKinds.ts";
import type { Content } from "../../lib/model/message.ts";
import { recordOf } from "../../lib/model/values/providerValue.ts";

/** Makes a UUID for each place, as the worker does. */
export const key = (place: number): string => `123e4567-e89b-12d3-a456-${String(426614174000 + place)}`;

/** The account and the person of a test. */
export const targetOf = (credentials: Credentials, externalId: string): SendTarget => ({
  credentials,
  recipient: { externalId, aliases: [] },
  webhookUrl: "https://sunroom.example/hook",
});

/** A message of the business with this content. */
export const outgoing = (content: Content, more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  id: "5f3b2c1d4e5f6a7b8c9d0e1f",
  author: { displayName: "Ada" },
  content,
  ...more,
});

/** Reads what a request asks for, its body as a value. */
export const readRequest = ({ method, url, headers, body }: ProviderRequest) => ({
  method,
  url,
  headers,
  body: body === undefined ? undefined : recordOf(JSON.parse(body)),
});

/** Writes an answer of a provider. */
export const answerOf = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): ProviderAnswer => ({ status, headers, body: typeof body === "string" ? body : JSON.stringify(body) });

const words = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "é", "漢", "🦊", " ", "\n", "<", "\ud800"), maxLength: 40 }),
  fc.constantFrom("", " ", "word ".repeat(820), "🐙".repeat(2048)),
);
const address = fc.constantFrom(
  "https://a.example/x",
  "http://a.example/x.png",
  "myapp://open",
  "tel:+15550100",
  `https://a.example/${"x".repeat(2000)}`,
);
const payload = fc.constantFrom("", "p", "↩p", "p".repeat(64), "漢".repeat(400), "p".repeat(4096));
const itemAction: fc.Arbitrary<ItemAction> = fc.oneof(
  fc.record({ type: fc.constant("buy" as const), text: words, amount: fc.integer() }),
  fc.record({ type: fc.constant("link" as const), text: words, uri: address }),
  fc.record({ type: fc.constant("postback" as const), text: words, payload }),
  fc.record({ type: fc.constant("webview" as const), text: words, uri: address, fallback: address }),
);
const action: fc.Arbitrary<Action> = fc.oneof(
  itemAction,
  fc.record({ type: fc.constant("locationRequest" as const), text: words }),
  fc.record({
    type: fc.constant("reply" as const),
    text: words,
    payload,
    iconUrl: fc.option(address, { nil: undefined }),
  }),
);
const media = {
  mediaUrl: fc.constantFrom("https://a.example/a.png", "https://a.example/a", "http://a.example/a.mp4"),
  mediaType: fc.constantFrom(undefined, "image/gif", "image/svg+xml", "video/mp4", "application/pdf", "x"),
  mediaSize: fc.constantFrom(undefined, 0, 1234, 1e12, 1.5),
  altText: fc.constantFrom(undefined, "", "a.pdf", "é".repeat(128)),
};
const item = fc.record({
  title: fc.constantFrom("T", "漢".repeat(128)),
  description: fc.constantFrom(undefined, "", "<b>&", "d".repeat(128)),
  mediaUrl: fc.option(media.mediaUrl, { nil: undefined }),
  mediaType: media.mediaType,
  actions: fc.array(itemAction, { minLength: 1, maxLength: 3 }),
});
const items = fc.array(item, { minLength: 1, maxLength: 10 });

/** Any content that a business can send, as it is stored. */
const anyContent: fc.Arbitrary<Content> = fc
  .oneof<fc.Arbitrary<Content>[]>(
    fc.record({ type: fc.constant("text" as const), text: words, actions: fc.array(action, { maxLength: 20 }) }),
    fc.record({
      type: fc.constant("image" as const),
      text: words,
      ...media,
      actions: fc.array(action, { maxLength: 20 }),
    }),
    fc.record({ type: fc.constant("file" as const), text: words, ...media }),
    fc.record({
      type: fc.constant("location" as const),
      coordinates: fc.record({ lat: fc.double({ min: -90, max: 90, noNaN: true }), long: fc.constantFrom(0, -179.5) }),
      location: fc.constantFrom(
        undefined,
        {},
        { name: "N" },
        { address: "é".repeat(1024) },
        { name: "N", address: "A" },
      ),
    }),
    fc.record({ type: fc.constant("carousel" as const), items }),
    fc.record({ type: fc.constant("list" as const), items, actions: fc.array(itemAction, { maxLength: 10 }) }),
    fc.constant<Content>({ type: "form", fields: [{ type: "email", name: "e", label: "Your address" }] }),
    fc.constant<Content>({
      type: "formResponse",
      fields: [{ type: "text", name: "t", label: "Why", text: "Because" }],
    }),
    fc.constantFrom<Content>({ type: "template", template: {} }, { type: "template", template: { name: "hello" } }),
    fc.constant<Content>({ type: "unsupported" }),
  )
  .map((content) =>
    normalizeContent(content, { maskCreditCardNumbers: false } as Parameters<typeof normalizeContent>[1]),
  );

/** Reads answers of every form: any status with any body. */
const anyAnswer: fc.Arbitrary<ProviderAnswer> = fc.record({
  status: fc.constantFrom(200, 202, 204, 302, 400, 401, 403, 404, 409, 429, 500, 503),
  headers: fc.constantFrom({}, { "retry-after": "7" }, { "retry-after": "x" }),
  body: fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({
        ok: fc.constantFrom(true, false, "x"),
        result: fc.anything(),
        status: fc.oneof(fc.integer({ min: -1, max: 30 }), fc.string()),
        message: fc.anything(),
        description: fc.anything(),
        parameters: fc.anything(),
        error_code: fc.anything(),
        details: fc.anything(),
        sentMessages: fc.anything(),
        message_token: fc.anything(),
      })
      .map((value) => JSON.stringify(value, (_, one) => (typeof one === "bigint" ? String(one) : one))),
  ),
});

/** Checks what every sender promises of its requests, and of its reading of answers. */
export function expectTotal(
  sender: ChannelSender,
  target: SendTarget,
  check: (request: ProviderRequest) => void,
): void {
  fc.assert(
    fc.property(anyContent, (content) => {
      const requests = sender.write(outgoing(content), target, key);
      if (requests.length === 0) throw new Error("A message is shown by no request.");
      for (const request of requests) {
        if (!sender.origins.includes(new URL(request.url).origin)) throw new Error(`No origin: ${request.url}`);
        check(request);
      }
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(anyAnswer, (answer) => {
      const result = sender.read(answer);
      if (result.kind === "accepted") return result.externalIds.every((id) => typeof id === "string" && id !== "");
      const { message } = result.failure;
      return message.length > 0 && message.length <= 500;
    }),
  );
}
