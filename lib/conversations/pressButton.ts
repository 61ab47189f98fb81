import { and, at, exists } from "../db/expression.ts";
import { isOpen } from "../db/items/conversationItem.ts";
import { conversationKey } from "../db/keys.ts";
import { type Conflict, conflict } from "../db/retryOnConflict.ts";
import type { Runtime } from "../db/runtime.ts";
import { updateItem } from "../db/writeItems.ts";
import { apiError } from "../model/apiError.ts";
import type { Action } from "../model/content/action.ts";
import { buttonOf, messageOfButton } from "../model/content/pressedButton.ts";
import type { Conversation } from "../model/conversation.ts";
import type { ConversationPress } from "../model/events/event.ts";
import { findMessage } from "./listMessages.ts";

export type PostbackButton = Action & { readonly type: "postback" };

/**
 * Finds a button of a conversation that is pressed.
 * @throws ApiError if the conversation has no such button, or it is another than one for a postback
 */
export async function findPostbackButton(
  runtime: Pick<Runtime, "db">,
  conversation: Conversation,
  actionId: string,
): Promise<PostbackButton> {
  const message = await findMessage(runtime, conversation, messageOfButton(actionId));
  const button = message && buttonOf(message.content, actionId);
  if (button?.type !== "postback")
    throw apiError.badRequest("postback.actionId should be the id of a button of type 'postback' in the conversation");
  return button;
}

/**
 * Records in a conversation that a button was pressed: one write, from which the stream tells the event. It replaces
 * the record of the press before, which was told.
 */
export async function recordPress(
  { db }: Pick<Runtime, "db">,
  { appId, id }: Conversation,
  press: ConversationPress,
): Promise<"recorded" | Conflict> {
  const written = await updateItem(
    db,
    conversationKey(appId, id),
    { set: { pressed: JSON.stringify(press) } },
    and(isOpen, exists(at("participants", press.userId))),
  );
  return written.done ? "recorded" : conflict;
}
