import type { Command, Invocation } from "../command.ts";
import { UsageError } from "../failures.ts";
import { fieldLines, tableOf } from "../plainText.ts";
import { allMessages } from "../server/pages.ts";
import { segment } from "../server/segment.ts";
import { brand, userNamed } from "../users/findUser.ts";
import { conversationsPath } from "./conversationCommands.ts";

/** A message as the API answers it. */
interface Message {
  readonly id: string;
  readonly received: string;
  readonly author: { readonly type: string; readonly displayName?: string };
  readonly content: { readonly type: string; readonly text?: string };
}

export const messageCommands: readonly Command[] = [
  {
    name: "message list",
    summary: "List a conversation's messages, the oldest first",
    parameters: ["<conversationId>"],
    inApp: true,
    examples: ["message list 65f0c1d2e3a4b5c6d7e8f901", "message list 65f0c1d2e3a4b5c6d7e8f901 --json"],
    run: async ({ parameters: [id = ""], api, appId }) => {
      const messages = await allMessages<Message>(api(), `${conversationsPath(await appId())}/${segment(id)}`);
      const text = tableOf(messages.map(rowOf), ["id", "received", "author", "text"], "There is no message yet.");
      return { json: messages, text };
    },
  },
  {
    name: "message send",
    summary: "Send a message of the business, or of a user",
    parameters: ["<conversationId>", "[text]"],
    options: {
      content: { value: "json", summary: "What is sent in the place of a text, as the API takes it" },
      as: { value: "userIdOrExternalId", summary: "The user who sends it; the business, if none is given" },
      "display-name": { value: "name", summary: "The name under which people see it" },
      ...brand,
    },
    inApp: true,
    examples: [
      'message send 65f0c1d2e3a4b5c6d7e8f901 "We are open until six."',
      "message send 65f0c1d2e3a4b5c6d7e8f901 Thanks --as jane@example.org",
      `message send 65f0c1d2e3a4b5c6d7e8f901 --content '{"type":"image","mediaUrl":"https://example.org/map.png"}'`,
    ],
    run: async (invocation) => {
      const content = contentOf(invocation);
      const app = await invocation.appId();
      const body = { author: await authorOf(invocation, app), content };
      const path = `${conversationsPath(app)}/${segment(invocation.parameters[0] ?? "")}/messages`;
      const { messages } = await invocation.api().post<{ messages: readonly [Message] }>(path, body);
      return { json: messages[0], text: fieldLines(rowOf(messages[0])) };
    },
  },
];

/** Shows a message in one line; what is no text is named by its type. */
const rowOf = ({ id, received, author, content }: Message): object => ({
  ...{ id, received },
  author: author.displayName ?? author.type,
  text: content.text ?? `(${content.type})`,
});

/** Reads what is sent. @throws UsageError if nothing is, or both a text and something else */
function contentOf({ parameters: [, words], text }: Invocation): object {
  const content = text("content");
  if ((words === undefined) === (content === undefined))
    throw new UsageError(`sunroom message send needs ${words === undefined ? "a" : "either a"} text or --content.`);
  if (content === undefined) return { type: "text", text: words };
  try {
    const parsed: unknown = JSON.parse(content);
    if (typeof parsed === "object" && parsed !== null) return parsed;
  } catch {
    // Said below, as of any other value.
  }
  throw new UsageError('--content is no JSON object, e.g. {"type":"image","mediaUrl":"https://example.org/map.png"}.');
}

async function authorOf({ api, text }: Invocation, appId: string): Promise<object> {
  const [name, displayName] = [text("as"), text("display-name")];
  const named = displayName === undefined ? {} : { displayName };
  if (name === undefined) return { type: "business", ...named };
  return { type: "user", userId: (await userNamed(api(), appId, name, text("brand-id"))).id, ...named };
}
