import type { Runtime } from "../../db/runtime.ts";
import type { App } from "../../model/app.ts";
import type { ChannelApiUrls, ChannelQueue } from "../../model/channelCall.ts";
import type { ObjectStore } from "../../model/files/objectStore.ts";
import type { Integration } from "../../model/integration.ts";

/** The part of the runtime that does tasks at channels' providers. */
export type TaskRuntime = Pick<Runtime, "db" | "now" | "log"> & {
  readonly findApp: (appId: string) => Promise<App | undefined>;
  readonly findIntegration: (integrationId: string) => Promise<Integration | undefined>;
  readonly channelQueue: Pick<ChannelQueue, "hold" | "bury">;
  readonly apiUrls: ChannelApiUrls;
  /** The store of files, opened when the first is fetched. */
  readonly store: ObjectStore;
  /** Answers the URL to which a channel delivers an integration's events. */
  readonly channelWebhookUrl: (integrationId: string) => string;
};

/** The circumstances of an attempt at a task. */
export interface Attempt {
  /** Number of times that the task was handed out, this one included. */
  readonly received: number;
  /** Tells whether there is time for one more request. */
  readonly mayContinue: () => boolean;
}

/** What came of an attempt at a task. */
export type TaskOutcome =
  /** Nothing is left to do of it; with a reason of ours, for the log. */
  | {
      readonly kind: "accepted" | "failed" | "skipped" | "done";
      readonly channel?: string | undefined;
      readonly reason?: string | undefined;
    }
  /** It is to be handed out again after some seconds, and all of its group with it. */
  | {
      readonly kind: "later";
      readonly seconds: number;
      readonly channel?: string | undefined;
      readonly reason?: string | undefined;
    };
