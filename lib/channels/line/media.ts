import type { ChannelMediaReader } from "../contract.ts";
import { laterBecause } from "../kit/providerAnswer.ts";
import { givenText } from "../kit/signature.ts";
import { resultOfFile } from "../media/fileAnswer.ts";

/**
 * LINE answers a message's file by the message's id, for a while that it does not tell; a large video or audio is
 * prepared first. https://developers.line.biz/en/reference/messaging-api/#get-content
 */
export const media = {
  needs: ["channelAccessToken"],
  hosts: ["api-data.line.me"],
  first: ({ id = "" }, credentials) => ({
    method: "GET",
    url: `https://api-data.line.me/v2/bot/message/${encodeURIComponent(id)}/content`,
    headers: { authorization: `Bearer ${givenText(credentials, "channelAccessToken") ?? ""}` },
  }),
  next(answer) {
    if (answer.status === 200) return "file";
    return answer.status === 202 ? laterBecause("LINE is preparing the file.") : resultOfFile(answer);
  },
} satisfies ChannelMediaReader;
