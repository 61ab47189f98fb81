import type { ChannelSample } from "../contract.ts";
import { randomSecret } from "../kit/sampleText.ts";
import { messagingPayload, signAsMeta } from "../meta/metaSample.ts";

const account = "17841444303043201";

/** Direct messages of Instagram. */
export const sample: ChannelSample = {
  label: "Instagram",
  demoFields: () => ({
    appId: "482910563781",
    appSecret: randomSecret(),
    pageAccessToken: randomSecret(),
    businessId: account,
  }),
  write: (person, { credentials, now }) =>
    messagingPayload("instagram", credentials.businessId ?? account, person, now),
  sign: signAsMeta,
};
