import type { Credentials } from "../../model/channel.ts";
import type { ProviderAnswer, ProviderRequest } from "../../model/channelCall.ts";
import { numberOf, recordOf, textOf } from "../../model/values/providerValue.ts";
import type { ChannelMediaReader } from "../contract.ts";
import { answered, laterBecause, refusedFor } from "../kit/providerAnswer.ts";
import { givenText } from "../kit/signature.ts";
import { resultOfFile } from "../media/fileAnswer.ts";

/**
 * A file of Telegram has an id, for which `getFile` tells the path of its bytes, for an hour; bots get up to 20 MB of one.
 * https://core.telegram.org/bots/api#getfile, https://core.telegram.org/bots/faq#how-do-i-download-files
 */
export const media = {
  needs: ["token"],
  hosts: ["api.telegram.org"],
  first: ({ id = "" }, credentials) =>
    read(`${origin}/bot${tokenOf(credentials)}/getFile?file_id=${encodeURIComponent(id)}`),
  next(answer, credentials, asked) {
    if (asked.url.startsWith(filesOf(credentials))) return answer.status === 200 ? "file" : resultOfFile(answer);
    const path = textOf(recordOf(answered(answer).result).file_path);
    if (answer.status !== 200 || !path) return failureOf(answer);
    // A path with dots could only leave the bot's own files.
    if (path.split("/").some((part) => /^\.*$/.test(part))) return refusedFor("refused", undefined);
    return read(filesOf(credentials) + path.split("/").map(encodeURIComponent).join("/"));
  },
} satisfies ChannelMediaReader;

const origin = "https://api.telegram.org";

const read = (url: string): ProviderRequest => ({ method: "GET", url, headers: {} });

const tokenOf = (credentials: Credentials): string =>
  encodeURIComponent(givenText(credentials, "token") ?? "").replaceAll("%3A", ":");

const filesOf = (credentials: Credentials): string => `${origin}/file/bot${tokenOf(credentials)}/`;

/** Reads an answer without a path: of a wrong token the API has no methods. https://core.telegram.org/api/errors */
function failureOf(answer: ProviderAnswer) {
  const { description, parameters } = answered(answer);
  if (answer.status === 429) return laterBecause(description, numberOf(recordOf(parameters).retry_after));
  return answer.status === 404 ? refusedFor("wrongCredentials", description) : resultOfFile(answer, description);
}
