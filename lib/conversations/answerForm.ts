import type { Runtime } from "../db/runtime.ts";
import { apiError } from "../model/apiError.ts";
import { answersTo, type GivenAnswer } from "../model/content/formAnswers.ts";
import type { Conversation } from "../model/conversation.ts";
import type { Content, QuotedMessage } from "../model/message.ts";
import { findMessage } from "./listMessages.ts";

/**
 * Answers a form of a conversation. The answer quotes the form as it is now, so that whoever reads the answer needs no
 * other message to understand it.
 * @throws ApiError if there is no such form, or it asks for other answers
 */
export async function answerForm(
  runtime: Pick<Runtime, "db">,
  conversation: Conversation,
  formId: string | undefined,
  given: readonly GivenAnswer[],
): Promise<{ readonly content: Content; readonly quotedMessage: QuotedMessage }> {
  const form = formId === undefined ? undefined : await findMessage(runtime, conversation, formId);
  if (form?.content.type !== "form")
    throw apiError.badRequest("message.quotedMessageId should be the id of a form of the conversation");
  const fields = answersTo(form.content, given);
  const { sending: _, ...message } = form;
  return { content: { type: "formResponse", fields }, quotedMessage: { type: "message", message } };
}
