import type { ChannelSample, SamplePayload, SamplePerson, SampleTarget, SignedDelivery } from "../channels/contract.ts";
import { type ChannelType, channelTypes } from "../model/channel.ts";

const entries = channelTypes.map(async (type) => {
  const module: { readonly sample: ChannelSample } = await import(`../channels/${type}/sample.ts`);
  return [type, module.sample] as const;
});

/**
 * The samples of every channel, by its type. A cast because `fromEntries` forgets the names: those of `channelTypes`.
 */
export const channelSamples = Object.fromEntries(await Promise.all(entries)) as Readonly<
  Record<ChannelType, ChannelSample>
>;

/** Makes a person's text message, correctly signed. Throws an `Error` that names a missing credential. */
export const channelSample = (
  type: ChannelType,
  target: SampleTarget & { readonly person: SamplePerson },
): SignedDelivery => signedDelivery(type, channelSamples[type].write(target.person, target), target);

/** Signs any payload as the channel's provider does. Throws an `Error` that names a missing credential. */
export function signedDelivery(type: ChannelType, payload: SamplePayload, target: SampleTarget): SignedDelivery {
  const { pathname, search } = new URL(target.publicUrl);
  return { method: "POST", path: pathname + search, ...channelSamples[type].sign(payload, target) };
}
