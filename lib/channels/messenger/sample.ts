import type { ChannelSample } from "../contract.ts";
import { randomSecret } from "../kit/sampleText.ts";
import { messagingPayload, signAsMeta } from "../meta/metaSample.ts";

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
};
