import type { ChannelSender } from "../contract.ts";

export const send: ChannelSender = {
  needs: [],
  origins: [],
  reports: false,
  idempotent: false,
  write: () => [],
  read: () => ({ kind: "accepted", externalIds: [] }),
};
