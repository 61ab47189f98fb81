import { publicMessage } from "../../http/answers/rest.ts";
import type { Author, Content, Message } from "../../model/message.ts";
import type { User } from "../../model/user.ts";
import type { PayloadForm } from "./payloadForm.ts";
import { shownSource } from "./shownSource.ts";
import { shownUser } from "./shownUser.ts";

/** Shows a message as webhooks receive it. Source: the vendor's OpenAPI description, "messageWebhook". */
export function shownMessage(message: Message, author: User | undefined, form: PayloadForm): object {
  const { raw, content, quotedMessage } = message;
  const isWhole = form.keeps === "everything" || form.keeps === "messageRaw";
  return {
    ...publicMessage({
      ...message,
      content: isWhole ? content : keptContent(content, form),
      quotedMessage: isWhole ? quotedMessage : undefined,
      raw: isWhole ? raw : undefined,
    }),
    author: shownAuthor(message.author, author, form),
    source: shownSource(message.source, author, form),
  };
}

/**
 * Shows who wrote or acted. A user that is gone since, by a deletion or into another user, is told by its id alone.
 * Source: the vendor's OpenAPI description, "authorWebhook".
 */
export const shownAuthor = (author: Author, user: User | undefined, form: PayloadForm): object =>
  author.type === "business"
    ? author
    : { ...author, user: user === undefined ? { id: author.userId } : shownUser(user, form) };

function keptContent(content: Content, { keeps }: PayloadForm): Content {
  if (content.type === "unsupported") return { ...content, raw: undefined };
  if (keeps !== "text") return content;
  switch (content.type) {
    case "text":
    case "image":
    case "file":
      return { type: content.type, text: content.text };
    case "formResponse":
      return { ...content, fields: [] };
    default:
      // The other types come from requests, whose size is limited.
      return content;
  }
}
