import type { Runtime } from "../../db/runtime.ts";
import type { App } from "../../model/app.ts";
import { isChannelType } from "../../model/channel.ts";
import { readQueued } from "../../model/events/queuedEvent.ts";
import type { Integration } from "../../model/integration.ts";
import { describeFault } from "../../model/log.ts";
import { receiveChannelEvent } from "./receiveChannelEvent.ts";

/** The part of the runtime that stores a queued event. */
type Replaying = Pick<Runtime, "db" | "newId" | "log"> & {
  readonly findApp: (appId: string) => Promise<App | undefined>;
  readonly findIntegration: (integrationId: string) => Promise<Integration | undefined>;
};

/** Stores a queued event. Tells whether it is done with. */
export async function replayEvent(runtime: Replaying, body: string, messageId: string): Promise<boolean> {
  const started = performance.now();
  const entry = { operation: "replayDelivery", requestId: messageId, coldStart: false };
  const log = (outcome: { readonly status: number; readonly usersCreated: number; readonly error?: unknown }) =>
    runtime.log({
      ...entry,
      status: outcome.status,
      milliseconds: Math.round(performance.now() - started),
      usersCreated: outcome.usersCreated,
      ...(outcome.error === undefined ? {} : { fault: describeFault(outcome.error) }),
    });
  try {
    const { requestId, appId, integrationId, event, receivedAt } = readQueued(body);
    entry.requestId = requestId;
    const [app, integration] = await Promise.all([runtime.findApp(appId), runtime.findIntegration(integrationId)]);
    // There is no app or integration to store it for, if one was deleted meanwhile.
    const outcome =
      app && integration && isChannelType(integration.type)
        ? await receiveChannelEvent(runtime, {
            app,
            integration: { id: integration.id, type: integration.type },
            event,
            receivedAt: new Date(receivedAt),
          })
        : "ignored";
    log({ status: 200, usersCreated: outcome === "created" ? 1 : 0 });
    return true;
  } catch (error) {
    log({ status: 500, usersCreated: 0, error });
    return false;
  }
}
