import type { ChannelSender, SendTarget } from "../../../lib/channels/contract.ts";
import type { OutgoingMessage, ProviderAnswer, ProviderRequest } from "../../../lib/model/channelCall.ts";
import type { Content } from "../../../lib/model/message.ts";
import { type JsonRecord, recordOf } from "../../../lib/model/values/providerValue.ts";
import { webhookUrl } from "../examples.ts";

/** Writes a message of this content, by a sender and to a person. */
export const written = (
  send: ChannelSender,
  content: Content,
  target: Pick<SendTarget, "credentials" | "recipient">,
  more: Partial<OutgoingMessage> = {},
): readonly ProviderRequest[] =>
  send.write({ id: "m1", author: {}, content, ...more }, { webhookUrl, ...target }, (place) => `key-${place}`);

/** The JSON of a request. */
export const json = ({ body = "" }: ProviderRequest): JsonRecord => recordOf(JSON.parse(body));

/** An answer of Meta's with an error. */
export const errorAnswer = (status: number, error: object, headers: Record<string, string> = {}): ProviderAnswer => ({
  status,
  headers,
  body: JSON.stringify({ error }),
});

/** An answer of Meta's that is well. */
export const answer = (body: unknown): ProviderAnswer => ({ status: 200, headers: {}, body: JSON.stringify(body) });

const link = { type: "link", text: "Open", uri: "https://shop.example/" } as const;
const reply = { type: "reply", text: "Yes", payload: "YES" } as const;
const postback = { type: "postback", text: "Start", payload: "START" } as const;
const buy = { type: "buy", text: "Buy", amount: 1999, currency: "eur" } as const;

/** A content of every type, with buttons of every type. */
export const contents: readonly Content[] = [
  { type: "text", text: "Hello there" },
  { type: "text", text: " " },
  { type: "text", text: "", actions: [reply] },
  { type: "text", actions: [link, reply, postback, buy, { type: "locationRequest", text: "Where?" }] },
  { type: "text", text: "x".repeat(9000), actions: [{ ...reply, text: "y".repeat(60), payload: "z".repeat(4000) }] },
  { type: "text", text: "Page", actions: [{ type: "webview", text: "Open", uri: "app://page", fallback: link.uri }] },
  { type: "image", mediaUrl: "https://files.example/cat.png", mediaType: "image/png", text: "A cat", actions: [reply] },
  { type: "image", mediaUrl: "ftp://files.example/cat.png", actions: [link, link] },
  { type: "image" },
  { type: "file", mediaUrl: "https://files.example/bill.pdf", altText: "bill.pdf" },
  { type: "file", mediaUrl: "https://files.example/song.mp3", text: "A song" },
  { type: "location", coordinates: { lat: 1, long: 2 }, location: { name: "Office", address: "1 Main Street" } },
  { type: "carousel", items: [{ title: "Tea", description: "Green", actions: [buy, link, postback] }] },
  {
    type: "list",
    items: Array.from({ length: 12 }, (_, index) => ({
      title: `Tea ${index}`,
      mediaUrl: "https://files.example/tea.png",
      actions: [postback],
    })),
    actions: [link],
  },
  { type: "form", fields: [{ type: "email", name: "email", label: "Your address" }] },
  { type: "formResponse", fields: [{ type: "email", name: "email", label: "Address", email: "a@example.com" }] },
  { type: "template", template: { name: "hello_world" } },
  { type: "unsupported", raw: { a: 1 } },
];
