import { withoutUndefined } from "../values/providerValue.ts";
import { textOfHtml } from "../values/richText.ts";
import { type Buttons, keptActions, lineOfAction, wireAction } from "./action.ts";
import { type ContentKind, linesOf, type Masked } from "./contentKind.ts";

/** The text of a message, or the one beside its file. */
export interface RichText {
  readonly text?: string | undefined;
  readonly htmlText?: string | undefined;
  readonly blockChatInput?: boolean | undefined;
}

/** Source: the vendor's OpenAPI description, "textMessage". */
export interface TextContent extends RichText, Buttons {
  readonly type: "text";
  /** What the reply button returns that was pressed for this text. */
  readonly payload?: string | undefined;
}

/** Completes a text for storage: a rich one alone gets a plain one beside it, for clients that show no other. */
export const keptText = ({ text, htmlText }: RichText, masked: Masked): RichText => ({
  text: masked(text ?? (htmlText === undefined ? undefined : textOfHtml(htmlText))),
  htmlText: masked(htmlText),
});

export const textKind: ContentKind<TextContent> = {
  kept: (content, masked) =>
    withoutUndefined({
      ...content,
      ...keptText(content, masked),
      actions: content.actions && keptActions(content.actions, masked),
    }),
  fallback: ({ text, actions = [] }) => linesOf(text, ...actions.map(lineOfAction)),
  wire: (content, id) => ({ ...content, actions: content.actions?.map(wireAction(id)) }),
};
