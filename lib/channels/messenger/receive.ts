import type { ChannelReceiver } from "../contract.ts";
import { givenText } from "../kit/signature.ts";
import { parseMessaging } from "../meta/metaMessaging.ts";
import { metaAcknowledgement, metaHandshake, metaVerify } from "../meta/metaWebhook.ts";

/**
 * Facebook Messenger. A person has an id for one page only, and no name in a webhook.
 * https://developers.facebook.com/docs/messenger-platform/webhooks
 */
export const receive = {
  handshake: metaHandshake,
  verify: metaVerify,
  parse: (request, credentials) =>
    parseMessaging(request, { object: "page", accountId: givenText(credentials, "pageId") }),
  acknowledgement: metaAcknowledgement,
  redelivers: true,
} satisfies ChannelReceiver;
