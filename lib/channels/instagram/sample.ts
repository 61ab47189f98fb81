import type { ChannelSample } from "../contract.ts";
import { randomSecret } from "../kit/sampleText.ts";
import { messagingAnswer, messagingPayload, messagingReport, messagingText, signAsMeta } from "../meta/metaSample.ts";

const account = "17841444303043201";
const page = "106731941223392";

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
  answer: (request, externalId) =>
    messagingAnswer(request, externalId, {
      id: page,
      name: "Sunroom",
      instagram_business_account: { id: account, name: "Sunroom", username: "sunroom" },
    }),
  // Instagram reports what was read alone.
  report: ({ externalId, personId, state }, { credentials, now }) =>
    state === "read"
      ? messagingReport("instagram", credentials.businessId ?? account, { personId, read: { mid: externalId } }, now)
      : undefined,
  readSent: messagingText,
};
