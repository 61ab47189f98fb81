import type { Credentials } from "../../model/channel.ts";
import { idOf, recordOf } from "../../model/values/providerValue.ts";
import type { ChannelSender } from "../contract.ts";
import { answered, toldFields } from "../kit/providerAnswer.ts";
import { givenText } from "../kit/signature.ts";
import { readGraphAnswer } from "../meta/metaAnswer.ts";
import {
  appSubscription,
  type GraphAccess,
  graphOrigin,
  graphPost,
  graphRead,
  instagramOrigin,
} from "../meta/metaGraph.ts";
import type { MessagingForm } from "../meta/metaMessages.ts";
import { messagingRequests, senderAction } from "../meta/metaSend.ts";

/** https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message#media-requirements */
const form: MessagingForm = {
  text: { size: 1000, in: "bytes" },
  hasWebviews: false,
  attachmentOf: (mediaType) => {
    if (mediaType === "application/pdf") return "file";
    const [kind] = mediaType.split("/", 1);
    if (kind === "image") return images.has(mediaType) ? kind : undefined;
    return kind === "video" || kind === "audio" ? kind : undefined;
  },
};

const images: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif"]);

/** https://developers.facebook.com/docs/graph-api/webhooks/reference/instagram */
const fields = ["messages", "messaging_postbacks", "messaging_referral", "messaging_seen"];

/**
 * Instagram messaging, by the page that the account is linked to, or by Instagram's own login.
 * https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message. It has no key that makes a
 * repeated request one message, and reports what was read, not what was delivered.
 */
export const send = {
  needs: ["pageAccessToken"],
  origins: [graphOrigin, instagramOrigin],
  reports: true,
  idempotent: false,
  write: (message, target) => messagingRequests(message, target, { access: accessOf(target.credentials), form }),
  // At the account's own address the person is the one object that may be unknown.
  read: (answer) => readGraphAnswer(answer, { unreachable: ["100/33"] }),
  typing: (activity, target) =>
    senderAction(activity === "typing:start" ? "typing_on" : "typing_off", target, accessOf(target.credentials)),
  markRead: (target) => senderAction("mark_seen", target, accessOf(target.credentials)),
  check: (credentials) => graphRead("me", accountFields(credentials), accessOf(credentials)),
  learned: (answer) => {
    const { id, user_id, name, username, instagram_business_account } = answered(answer);
    const account = recordOf(instagram_business_account);
    const isOwn = user_id !== undefined;
    return toldFields({
      pageId: isOwn ? undefined : idOf(id),
      businessId: idOf(account.id ?? user_id),
      businessName: idOf(account.name ?? (isOwn ? name : undefined)),
      businessUsername: idOf(account.username ?? username),
    });
  },
  register: (credentials, webhookUrl) => [
    ...appSubscription("instagram", fields, credentials, webhookUrl),
    graphPost("me/subscribed_apps", { subscribed_fields: subscribedFields(credentials) }, accessOf(credentials)),
  ],
} satisfies ChannelSender;

/** Tokens of Instagram's own login begin otherwise than a page's. */
const isOwnLogin = (credentials: Credentials): boolean =>
  givenText(credentials, "pageAccessToken")?.startsWith("IG") ?? false;

const accessOf = (credentials: Credentials): GraphAccess => ({
  origin: isOwnLogin(credentials) ? instagramOrigin : graphOrigin,
  token: givenText(credentials, "pageAccessToken") ?? "",
});

/** https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/get-started */
const accountFields = (credentials: Credentials): readonly string[] =>
  isOwnLogin(credentials)
    ? ["user_id", "name", "username"]
    : ["id", "name", "instagram_business_account{id,name,username}"];

/** A page has to be subscribed by one of its own fields. https://developers.facebook.com/docs/instagram-platform/webhooks */
const subscribedFields = (credentials: Credentials): string =>
  isOwnLogin(credentials) ? fields.join(",") : "messages";
