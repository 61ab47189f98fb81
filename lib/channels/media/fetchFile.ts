import type { Credentials } from "../../model/channel.ts";
import type { FailureReason } from "../../model/channelCall.ts";
import type { ChannelMedia } from "../../model/files/channelMedia.ts";
import type { ChannelMediaReader } from "../contract.ts";
import { type FileAccess, type FileAnswer, type FileFault, requestFile } from "./requestFile.ts";

/** What came of fetching a file. */
export type Fetched =
  | { readonly kind: "file"; readonly bytes: Buffer; readonly mediaType: string | undefined }
  | { readonly kind: "failed"; readonly reason: FailureReason | FileFault | "too many requests" }
  | {
      readonly kind: "later";
      readonly reason: FailureReason | FileFault;
      /** The pause that the provider asked for. */
      readonly seconds?: number | undefined;
    };

/** Number of requests that lead to a file, at most. */
const requestLimit = 4;

/** Bytes of an answer that is read as JSON. */
const jsonLimit = 64 * 1024;

/** Fetches a file that a channel only gives by its API, by as many requests as that takes. Never throws. */
export async function fetchFile(
  reader: ChannelMediaReader,
  media: ChannelMedia,
  credentials: Credentials,
  access: FileAccess,
): Promise<Fetched> {
  let asked = reader.first(media, credentials);
  for (let requests = 0; requests < requestLimit; requests++) {
    const answer = await requestFile(asked, access);
    if ("fault" in answer) return afterFault(answer.fault);
    const { status, headers, bytes } = answer;
    const next = reader.next({ status, headers, body: jsonIn(answer) }, credentials, asked);
    if (next === "file") return { kind: "file", bytes, mediaType: headers["content-type"] };
    if ("kind" in next) {
      const { reason } = next.failure;
      return next.kind === "refused" ? { kind: "failed", reason } : { kind: "later", reason, seconds: next.seconds };
    }
    asked = next;
  }
  return { kind: "failed", reason: "too many requests" };
}

/** Reads an answer as text if it is JSON. */
const jsonIn = ({ headers, bytes }: FileAnswer): string =>
  /\bjson\b/i.test(headers["content-type"] ?? "") && bytes.length <= jsonLimit ? bytes.toString() : "";

const afterFault = (reason: FileFault): Fetched =>
  reason === "no answer" ? { kind: "later", reason } : { kind: "failed", reason };
