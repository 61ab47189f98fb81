import { findAttachment } from "../../conversations/attachments.ts";
import { awaitAttachment, forgetAttachmentOf, showAwaited } from "../../conversations/awaitedAttachments.ts";
import type { Item } from "../../db/db.ts";
import { readMessage } from "../../db/items/messageItem.ts";
import { attachmentIdOfMessage, messageKey } from "../../db/keys.ts";
import { getItem } from "../../db/readItems.ts";
import { type ChannelType, type Credentials, isChannelType } from "../../model/channel.ts";
import type { ChannelTask } from "../../model/channelCall.ts";
import { isProgram, newAttachmentId, objectKeyOf, typeIn } from "../../model/files/attachment.ts";
import type { ChannelMedia } from "../../model/files/channelMedia.ts";
import { typeOfBytes } from "../../model/files/fileType.ts";
import type { Integration } from "../../model/integration.ts";
import type { ChannelMediaReader } from "../contract.ts";
import { nameOfMedia } from "../inbound/mediaUrl.ts";
import { loadMediaReader } from "../loadMediaReader.ts";
import { type Fetched, fetchFile } from "../media/fetchFile.ts";
import { pauseBeforeAttempt, secondsLeft } from "./retrying.ts";
import type { Attempt, TaskOutcome, TaskRuntime } from "./taskRuntime.ts";

type MediaTask = Extract<ChannelTask, { readonly kind: "media" }>;
type File = Extract<Fetched, { readonly kind: "file" }>;

/** Milliseconds that fetching a file may take, all requests together. */
const fetchMilliseconds = 20_000;

/** Attempts at a file that the provider does not find: some are told of before they are there. */
const attemptsAtMissing = 5;

/**
 * Fetches the file of a message from its channel's API, and stores it as the attachment that the message has shown since
 * it came. If there is none to be had, the message's URL leads nowhere for good.
 */
export async function fetchMedia(runtime: TaskRuntime, task: MediaTask, attempt: Attempt): Promise<TaskOutcome> {
  const { appId, conversationId, messageId } = task;
  const [app, integration, item] = await Promise.all([
    runtime.findApp(appId),
    runtime.findIntegration(task.integrationId),
    getItem(runtime.db, messageKey(appId, conversationId, messageId)),
  ]);
  if (app === undefined) return { kind: "skipped", reason: "no app" };
  const id = attachmentIdOfMessage(app.salt, messageId);
  if (item === undefined) {
    // An attempt that was interrupted may have left the attachment.
    await forgetAttachmentOf(runtime, { appId, id, conversationId });
    return { kind: "skipped", reason: "no message" };
  }
  const { media } = readMessage(item);
  if (media === undefined) return { kind: "skipped", reason: "no file" };
  const attachment = await findAttachment(runtime, appId, id);
  if (attachment && !attachment.isAwaited) return { kind: "done" };
  const source = await sourceOf(integration);
  if ("reason" in source) return { kind: "failed", ...source };
  const { channel } = source;
  const fetched = await fetchFrom(runtime, source, media);
  if (fetched.kind === "file")
    return { channel, ...(await storeFile(runtime, { task, id, fileId: attachment?.fileId, item }, fetched)) };
  return { channel, ...afterFailure(fetched, attempt, secondsLeft(task, runtime.now()) === 0) };
}

/** An integration from whose channel a file is fetched. */
interface Source {
  readonly channel: ChannelType;
  readonly reader: ChannelMediaReader;
  readonly credentials: Credentials;
}

/** Finds what reading an integration's files needs, or the reason for which they cannot be read. */
async function sourceOf(
  integration: Integration | undefined,
): Promise<Source | { readonly reason: string; readonly channel?: ChannelType }> {
  const channel = integration?.type;
  if (!integration || channel === undefined || !isChannelType(channel) || integration.status !== "active")
    return { reason: "no integration" };
  const reader = await loadMediaReader(channel);
  if (reader === undefined) return { channel, reason: "no files at this channel" };
  // The fields of an integration were validated when it was created.
  const credentials = integration.fields as Credentials;
  return reader.needs.every((name) => credentials[name])
    ? { channel, reader, credentials }
    : { channel, reason: "missingField" };
}

async function fetchFrom(
  { apiUrls }: Pick<TaskRuntime, "apiUrls">,
  { channel, reader, credentials }: Source,
  media: ChannelMedia,
): Promise<Fetched> {
  const signal = AbortSignal.timeout(fetchMilliseconds);
  return fetchFile(reader, media, credentials, { hosts: reader.hosts, apiUrl: apiUrls[channel], signal });
}

/** Decides what follows an attempt without a file. */
function afterFailure(
  { kind, reason, ...failed }: Exclude<Fetched, File>,
  { received }: Attempt,
  isOver: boolean,
): TaskOutcome {
  const isMissing = kind === "failed" && reason === "unreachable" && received < attemptsAtMissing;
  if (kind === "failed" && !isMissing) return { kind, reason };
  if (isOver) return { kind: "failed", reason: "expired" };
  const asked = "seconds" in failed ? failed.seconds : undefined;
  return { kind: "later", reason, seconds: pauseBeforeAttempt(received, Math.random(), asked) };
}

/** The message of a file, and its attachment; with the id of a file that an earlier attempt may have stored. */
interface Place {
  readonly task: MediaTask;
  readonly item: Item;
  readonly id: string;
  readonly fileId: string | undefined;
}

/** Stores a file as the attachment of its message, which may be deleted or moved meanwhile. */
async function storeFile(
  runtime: Pick<TaskRuntime, "db" | "now" | "store">,
  { task: { appId, conversationId, messageId }, id, fileId = newAttachmentId(), item }: Place,
  { bytes, mediaType }: File,
): Promise<TaskOutcome> {
  const { content } = readMessage(item);
  if (content.type !== "image" && content.type !== "file") return { kind: "skipped", reason: "no file" };
  if (bytes.length === 0) return { kind: "failed", reason: "an empty file" };
  const type = typeOfFile(content.mediaType, mediaType, bytes);
  const name = nameOfMedia({ ...content, mediaType: type });
  if (isProgram(name)) return { kind: "failed", reason: "a program" };
  const attachment = {
    ...{ id, fileId, appId, conversationId, name, mediaType: type },
    access: "public" as const,
    forMessage: true,
    createdAt: runtime.now().toISOString(),
  };
  if (!(await awaitAttachment(runtime, attachment, item.expiresAt)))
    return { kind: "later", reason: "another attempt", seconds: pauseBeforeAttempt(1, Math.random()) };
  await runtime.store.put(objectKeyOf(attachment), bytes, type);
  const isShown = await showAwaited(runtime, attachment, messageId);
  return isShown ? { kind: "done" } : { kind: "skipped", reason: "no message" };
}

/** Bytes of any kind: what providers say of files whose type they do not know. */
const anyType = "application/octet-stream";

/** Decides the type of a file: as the message told it, as the provider answered it, or as its first bytes show. */
function typeOfFile(told: string | undefined, answered: string | undefined, bytes: Buffer): string {
  const given = [told, answered].map(typeIn).find((type) => type !== undefined && type !== anyType);
  return given ?? typeOfBytes(bytes) ?? anyType;
}
