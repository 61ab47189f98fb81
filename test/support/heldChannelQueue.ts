import type { ChannelQueue, ChannelTask } from "../../lib/model/channelCall.ts";

/** A `ChannelQueue` that holds what it gets in lists, for tests that hand it out themselves. */
export interface HeldChannelQueue extends ChannelQueue {
  readonly sent: ChannelTask[];
  readonly held: { readonly receipt: string; readonly seconds: number }[];
  readonly buried: ChannelTask[];
}

/** Makes such a queue. Every task passes through JSON, as in any queue. */
export function heldChannelQueue(): HeldChannelQueue {
  const copy = (task: ChannelTask): ChannelTask => JSON.parse(JSON.stringify(task));
  const queue: HeldChannelQueue = {
    sent: [],
    held: [],
    buried: [],
    send: async (tasks) => void queue.sent.push(...tasks.map(copy)),
    hold: async (receipt, seconds) => void queue.held.push({ receipt, seconds }),
    bury: async (task) => void queue.buried.push(copy(task)),
  };
  return queue;
}
