import { hash } from "node:crypto";
import type { ChannelTask } from "../../model/channelCall.ts";
import type { Change } from "../change.ts";

/**
 * Makes the tasks that tell people of links what a business has to say to them: one for each confirmation that came to a
 * user in this change. A change that is read again makes the same tasks.
 */
export function linkTasks(change: Change | undefined, now: Date): readonly ChannelTask[] {
  if (change?.kind !== "user" || change.after?.kind !== "user") return [];
  const { appId, before, after } = change;
  const earlier = before?.kind === "user" ? before.user.clients : [];
  const isNew = (id: string) => earlier.every(({ confirmation }) => confirmation?.id !== id);
  return after.user.clients.flatMap(({ id: clientId, confirmation }) =>
    confirmation !== undefined && isNew(confirmation.id)
      ? {
          kind: "link",
          id: hash("sha256", JSON.stringify(["link", appId, clientId, confirmation.id])).slice(0, 24),
          appId,
          group: clientId,
          queuedAt: now.toISOString(),
          userId: after.user.id,
          clientId,
        }
      : [],
  );
}
