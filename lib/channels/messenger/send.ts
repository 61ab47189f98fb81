import type { Credentials } from "../../model/channel.ts";
import { idOf } from "../../model/values/providerValue.ts";
import type { ChannelSender } from "../contract.ts";
import { answered, toldFields } from "../kit/providerAnswer.ts";
import { givenText } from "../kit/signature.ts";
import { readGraphAnswer } from "../meta/metaAnswer.ts";
import { appSubscription, type GraphAccess, graphOrigin, graphPost, graphRead } from "../meta/metaGraph.ts";
import type { MessagingForm } from "../meta/metaMessages.ts";
import { messagingRequests, senderAction } from "../meta/metaSend.ts";

/** https://developers.facebook.com/docs/messenger-platform/reference/send-api#message, #attachment */
const form: MessagingForm = {
  text: { size: 2000, in: "characters" },
  hasWebviews: true,
  attachmentOf: (mediaType) => {
    const [kind] = mediaType.split("/", 1);
    if (mediaType === "image/svg+xml") return "file";
    return kind === "image" || kind === "video" || kind === "audio" ? kind : "file";
  },
};

/** Webhook fields of a page. https://developers.facebook.com/docs/messenger-platform/webhooks#event-subscriptions */
const fields = [
  ...["messages", "messaging_postbacks", "messaging_optins", "messaging_referrals"],
  ...["message_deliveries", "message_reads"],
];

/**
 * Facebook Messenger. https://developers.facebook.com/docs/messenger-platform/reference/send-api. It has no key that
 * makes a repeated request one message.
 */
export const send = {
  needs: ["pageAccessToken"],
  origins: [graphOrigin],
  reports: true,
  idempotent: false,
  write: (message, target) =>
    messagingRequests(message, target, { access: accessOf(target.credentials), form, messagingType: "RESPONSE" }),
  // At the page's own address the person is the one object that may be unknown.
  read: (answer) => readGraphAnswer(answer, { unreachable: ["100/33"] }),
  typing: (activity, target) =>
    senderAction(activity === "typing:start" ? "typing_on" : "typing_off", target, accessOf(target.credentials)),
  markRead: (target) => senderAction("mark_seen", target, accessOf(target.credentials)),
  // A page has a category, so that the token of a person, which cannot send, is refused.
  check: (credentials) => graphRead("me", ["id", "name", "category"], accessOf(credentials)),
  learned: (answer) => {
    const { id, name } = answered(answer);
    return toldFields({ pageId: idOf(id), pageName: idOf(name) });
  },
  register: (credentials, webhookUrl) => [
    ...appSubscription("page", fields, credentials, webhookUrl),
    graphPost("me/subscribed_apps", { subscribed_fields: fields.join(",") }, accessOf(credentials)),
  ],
} satisfies ChannelSender;

const accessOf = (credentials: Credentials): GraphAccess => ({
  token: givenText(credentials, "pageAccessToken") ?? "",
});
