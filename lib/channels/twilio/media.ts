import type { ChannelMediaReader } from "../contract.ts";
import { givenText } from "../kit/signature.ts";
import { resultOfFile } from "../media/fileAnswer.ts";

/**
 * A file of Twilio is at its API, which asks for the account's credentials where the account is set so, and leads to
 * another host. https://www.twilio.com/docs/messaging/api/media-resource#fetch-a-media-resource; for the hosts,
 * https://help.twilio.com/articles/223183748-Protect-Media-Access-with-HTTP-Basic-Authentication-for-Programmable-Messaging
 */
export const media = {
  needs: ["accountSid", "authToken"],
  // Beside the API, those of its regions.
  hosts: [".twilio.com", ".twiliocdn.com", "s3-external-1.amazonaws.com"],
  first({ url = "" }, credentials) {
    const account = [givenText(credentials, "accountSid"), givenText(credentials, "authToken")].join(":");
    return { method: "GET", url, headers: { authorization: `Basic ${Buffer.from(account).toString("base64")}` } };
  },
  next: (answer) => (answer.status === 200 ? "file" : resultOfFile(answer)),
} satisfies ChannelMediaReader;
