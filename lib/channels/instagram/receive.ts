import type { Credentials } from "../../model/channel.ts";
import { type JsonRecord, listOf, recordOf } from "../../model/values/providerValue.ts";
import type { ChannelReceiver } from "../contract.ts";
import { givenText } from "../kit/signature.ts";
import { parseMessaging } from "../meta/metaMessaging.ts";
import { metaAcknowledgement, metaHandshake, metaVerify } from "../meta/metaWebhook.ts";

/**
 * Instagram messaging. A person has an id for one business account only, and no name in a webhook.
 * https://developers.facebook.com/docs/instagram-platform/webhooks/examples
 */
export const receive = {
  handshake: metaHandshake,
  verify: metaVerify,
  parse: (request, credentials) =>
    parseMessaging(request, {
      object: "instagram",
      accountId: givenText(credentials, "businessId"),
      special: (message) => readStory(message, credentials),
    }),
  acknowledgement: metaAcknowledgement,
  redelivers: true,
} satisfies ChannelReceiver;

/**
 * Reads stories. Both settings are on unless switched off. A mention in a story is no message to the business, but
 * starts a conversation.
 */
function readStory(message: JsonRecord, credentials: Credentials): "started" | "skipped" | undefined {
  if (listOf(message.attachments).some((attachment) => recordOf(attachment).type === "story_mention"))
    return credentials.storyMentionsEnabled === false ? "skipped" : "started";
  const isStoryReply = recordOf(message.reply_to).story !== undefined;
  return isStoryReply && credentials.storyRepliesEnabled === false ? "skipped" : undefined;
}
