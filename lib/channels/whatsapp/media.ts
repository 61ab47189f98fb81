import type { Credentials } from "../../model/channel.ts";
import type { ProviderRequest } from "../../model/channelCall.ts";
import { fileLimit } from "../../model/files/attachment.ts";
import { numberOf, recordOf, textOf } from "../../model/values/providerValue.ts";
import type { ChannelMediaReader } from "../contract.ts";
import { answered, refusedFor } from "../kit/providerAnswer.ts";
import { givenText } from "../kit/signature.ts";
import { resultOfFile } from "../media/fileAnswer.ts";

/**
 * A file of WhatsApp has an id, valid for a week, for which the Graph API tells the URL of its bytes, valid for five
 * minutes. Both ask for the access token.
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
 */
export const media = {
  needs: ["accessToken"],
  hosts: ["graph.facebook.com", ".fbsbx.com"],
  first: ({ id, url = "" }, credentials) =>
    read(id === undefined ? url : `${origin}/v25.0/${encodeURIComponent(id)}`, credentials),
  next(answer, credentials, asked) {
    if (!asked.url.startsWith(`${origin}/`)) return answer.status === 200 ? "file" : resultOfFile(answer);
    const { url, file_size, error } = answered(answer);
    if (answer.status !== 200) return resultOfFile(answer, recordOf(error).message);
    if ((numberOf(file_size) ?? 0) > fileLimit) return refusedFor("refused", "The file is too large.");
    const address = textOf(url);
    return address ? read(address, credentials) : refusedFor("refused", undefined);
  },
} satisfies ChannelMediaReader;

const origin = "https://graph.facebook.com";

const read = (url: string, credentials: Credentials): ProviderRequest => ({
  method: "GET",
  url,
  headers: { authorization: `Bearer ${givenText(credentials, "accessToken") ?? ""}` },
});
