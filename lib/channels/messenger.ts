import type { Channel } from "../domain/channel.ts";
import { parseMessaging } from "../domain/metaMessaging.ts";
import { metaAcknowledgement, metaFields, metaHandshake, metaVerify } from "../domain/metaWebhook.ts";
import { givenText } from "../domain/signature.ts";

/**
 * Facebook Messenger. A person is known by an id that is theirs on one page only, and has no name in a webhook.
 * https://developers.facebook.com/docs/messenger-platform/webhooks
 */
export const messenger = {
  type: "messenger",
  fields: {
    pageAccessToken: { required: true, secret: true },
    appId: { required: true },
    appSecret: { required: true, secret: true },
    ...metaFields,
    pageId: { numeric: true },
    pageName: {},
  },
  handshake: metaHandshake,
  verify: metaVerify,
  parse: (request, credentials) =>
    parseMessaging(request, { object: "page", accountId: givenText(credentials, "pageId") }),
  acknowledgement: metaAcknowledgement,
  redelivers: true,
} satisfies Channel;
