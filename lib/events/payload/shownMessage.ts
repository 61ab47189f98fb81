import { publicMessage } from "../../http/answers/rest.ts";
import type { Author, Content, Message } from "../../model/message.ts";
import type { User } from "../../model/user.ts";
import type { PayloadForm } from "./payloadForm.ts";
import { shownSource } from "./shownSource.ts";
import { shownUser } from "./shownUser.ts";

/** Shows a message as webhooks receive it. Source: the vendor's OpenAPI description, "messageWebhook". */
export function shownMessage(message: Message, author: User | undefined, form: PayloadForm): object {
  const { raw, content } = message;
  return {
    ...publicMessage({
      ...message,
      content: keptContent(content, form),
      raw: form.keeps === "everything" || form.keeps === "messageRaw" ? raw : undefined,
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
  if (keeps === "everything" || keeps === "messageRaw") return content;
  // The one kind that has a type and a text is the same for each, so no other field is missed.
  if (keeps === "text") return { type: content.type, text: content.text } as Content;
  return content.type === "unsupported" ? { ...content, raw: undefined } : content;
}
