import type { ChannelType } from "../../model/channel.ts";
import type { OutboxIntegration } from "./outboxEntry.ts";

/** Remembers the integrations of each channel until one may have changed. */
export function knownIntegrations(list: (type: ChannelType) => Promise<readonly OutboxIntegration[]>) {
  const known = new Map<ChannelType, Promise<readonly OutboxIntegration[]>>();
  return {
    /** Lists every integration of this type, its secrets included. */
    of: (type: ChannelType): Promise<readonly OutboxIntegration[]> => {
      const listed = known.get(type) ?? list(type);
      known.set(type, listed);
      // A failure is not remembered.
      listed.catch(() => known.delete(type));
      return listed;
    },
    /** Forgets them if a request of the API may have changed one. */
    notice: (method: string, path: string): void => {
      if (method !== "GET" && changing.test(path)) known.clear();
    },
    forget: (): void => known.clear(),
  };
}

const changing = /\/v2\/apps(\/[^/]+(\/integrations(\/[^/]+)?)?)?$/;
