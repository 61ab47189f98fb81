import type { ChannelType } from "../lib/model/channel.ts";

/** Imports a channel's sender when it is needed. */
export async function providerOf(type: ChannelType) {
  const { loadSender } = await import("../lib/channels/loadSender.ts");
  return loadSender(type);
}

/** Lists every integration of a channel; imported when it is needed, like the reader of deliveries. */
export async function listIntegrations(type: ChannelType) {
  const [{ channelIntegrations }, { channelRuntime }] = await Promise.all([
    import("../lib/apps/channelIntegrations.ts"),
    import("../lib/runtime.ts"),
  ]);
  return channelIntegrations(channelRuntime, type);
}

/** Lists what became of the latest messages of a conversation. */
export async function sentIn(appId: string, conversationId: string) {
  const [{ sentInConversation }, { channelRuntime }] = await Promise.all([
    import("../lib/channels/outbound/sentInConversation.ts"),
    import("../lib/runtime.ts"),
  ]);
  return sentInConversation(channelRuntime, appId, conversationId);
}
