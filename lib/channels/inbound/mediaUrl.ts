import { attachmentIdOfMessage, channelMessageId } from "../../db/keys.ts";
import type { App } from "../../model/app.ts";
import type { ChannelContent, ChannelEvent } from "../../model/channel.ts";
import { fileNameOf, mediaUrlOf } from "../../model/files/attachment.ts";
import { endingOf } from "../../model/files/fileType.ts";

type MediaContent = Extract<ChannelContent, { readonly type: "image" | "file" }>;

const hasMedia = (content: ChannelContent): content is MediaContent =>
  "media" in content && content.media !== undefined;

/**
 * Gives a message whose file only its channel's API has the URL at which the file will be once it is fetched: of an
 * attachment whose id follows from the message's, so that a redelivery names the same.
 */
export function withMediaUrl(
  event: ChannelEvent,
  { app, integration }: { readonly app: App; readonly integration: { readonly id: string } },
  publicUrl: string,
): ChannelEvent {
  if (event.kind !== "message" || !hasMedia(event.content)) return event;
  const messageId = channelMessageId(app.salt, integration.id, event.dedupeKey ?? event.messageId);
  const id = attachmentIdOfMessage(app.salt, messageId);
  const mediaUrl = mediaUrlOf(publicUrl, { appId: app.id, id, name: nameOfMedia(event.content) });
  return { ...event, content: { ...event.content, mediaUrl } };
}

/** Names a file of a message: by the name that the person gave it, with an ending, by its type if it has none. */
export function nameOfMedia({
  type,
  altText,
  mediaType,
}: Pick<MediaContent, "type"> & {
  readonly altText?: string | undefined;
  readonly mediaType?: string | undefined;
}): string {
  const name = fileNameOf(altText ?? type);
  return /\.[A-Za-z0-9]{1,10}$/.test(name) ? name : name + endingOf(mediaType);
}
