import type { Channel, Credentials } from "../domain/channel.ts";
import { parseMessaging } from "../domain/metaMessaging.ts";
import { metaAcknowledgement, metaFields, metaHandshake, metaVerify } from "../domain/metaWebhook.ts";
import { type JsonRecord, listOf, recordOf } from "../domain/providerValue.ts";
import { givenText } from "../domain/signature.ts";

/**
 * Instagram messaging. A person is known by an id that is theirs for one business account only, and has no name in a
 * webhook. https://developers.facebook.com/docs/instagram-platform/webhooks/examples
 */
export const instagram = {
  type: "instagram",
  fields: {
    pageAccessToken: { required: true, secret: true },
    appId: { required: true },
    appSecret: { required: true, secret: true },
    ...metaFields,
    businessId: {},
    storyRepliesEnabled: { type: "boolean" },
    storyMentionsEnabled: { type: "boolean" },
  },
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
} satisfies Channel;

/** Both settings are on unless switched off. A mention in a story is no message to the business, but opens the door. */
function readStory(message: JsonRecord, credentials: Credentials): "started" | "skipped" | undefined {
  if (listOf(message.attachments).some((attachment) => recordOf(attachment).type === "story_mention"))
    return credentials.storyMentionsEnabled === false ? "skipped" : "started";
  const isStoryReply = recordOf(message.reply_to).story !== undefined;
  return isStoryReply && credentials.storyRepliesEnabled === false ? "skipped" : undefined;
}
