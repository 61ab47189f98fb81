import * as v from "valibot";
import { addMessage, idOfMessageRequest } from "../lib/conversations/addMessage.ts";
import { authorOf } from "../lib/conversations/author.ts";
import { findConversationOf } from "../lib/conversations/findConversation.ts";
import { findPostbackButton, recordPress } from "../lib/conversations/pressButton.ts";
import { conflict, retryOnConflict } from "../lib/db/retryOnConflict.ts";
import { metadata, object, text } from "../lib/http/schemas/schemas.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { normalizeContent } from "../lib/model/content/contentKinds.ts";
import { conversationFull } from "../lib/model/conversation.ts";
import { mergeMetadata } from "../lib/model/metadata.ts";
import { sdkRuntime } from "../lib/runtime.ts";

export const body = object({ postback: object({ actionId: text(1, 128), metadata: v.nullish(metadata) }) });

/** Presses a button; with the app's `echoPostback` its text is also said, as a message of the user. */
export const handler = personOperation("sdkTriggerPostback", body, sdkRuntime, async (call, runtime) => {
  const { app, person, device, params, body, request, now } = call;
  const { actionId, metadata } = body.postback;
  const key = request.headers["idempotency-key"];
  const id = key ? idOfMessageRequest(app, person.user.id, key) : runtime.newId();
  const received = now.toISOString();
  const source = { type: device?.type ?? "web", integrationId: device?.integrationId };
  await retryOnConflict(async () => {
    const conversation = await findConversationOf(runtime, person.user, params.conversationId);
    const { text, payload, metadata: own } = await findPostbackButton(runtime, conversation, actionId);
    const said = mergeMetadata(mergeMetadata({}, own ?? {}, "Action"), metadata ?? {}, "Action");
    const given = Object.keys(said).length === 0 ? {} : { metadata: said };
    if (!app.settings.echoPostback)
      return recordPress(runtime, conversation, {
        id,
        at: received,
        userId: person.user.id,
        postback: { payload, ...given },
        source,
      });
    const outcome = await addMessage(runtime, app, conversation, {
      id,
      received,
      author: authorOf(person.user, app.settings),
      content: normalizeContent({ type: "text", text, payload }, app.settings),
      source,
      press: { isEchoed: true, ...given },
    });
    if (outcome === "full") throw conversationFull();
    return outcome === "answered" ? conflict : outcome;
  });
  return { status: 200, body: {} };
});
