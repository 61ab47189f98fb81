import type { ChannelSample } from "../contract.ts";
import { randomSecret } from "../kit/sampleText.ts";
import { messagingAnswer, messagingPayload, messagingReport, messagingText, signAsMeta } from "../meta/metaSample.ts";

const page = "106731941223392";

/** Messages of Facebook Messenger. */
export const sample: ChannelSample = {
  label: "Messenger",
  demoFields: () => ({
    appId: "482910563781",
    appSecret: randomSecret(),
    pageAccessToken: randomSecret(),
    pageId: page,
  }),
  write: (person, { credentials, now }) => messagingPayload("page", credentials.pageId ?? page, person, now),
  sign: signAsMeta,
  answer: (request, externalId) =>
    messagingAnswer(request, externalId, { id: page, name: "Sunroom", category: "Software" }),
  report: ({ externalId, personId, state }, { credentials, now }) => {
    if (state === "failed") return undefined;
    const watermark = now.getTime();
    const report = state === "read" ? { read: { watermark } } : { delivery: { mids: [externalId], watermark } };
    return messagingReport("page", credentials.pageId ?? page, { personId, ...report }, now);
  },
  readSent: messagingText,
};
