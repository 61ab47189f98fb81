import { type Fields, numberOf, optionalText } from "../localAction.ts";
import type { EventLog } from "./eventLog.ts";

/** Milliseconds that a call waits at most. */
const longest = 60_000;

/** Lists events: `after` a place, of an `appId`, of a `type`; `wait` gives the milliseconds to wait for one. */
export function listEvents(log: EventLog, fields: Fields): Promise<object> {
  const after = numberOf(fields, "after", { most: Number.MAX_SAFE_INTEGER }) ?? 0;
  const wait = numberOf(fields, "wait", { most: longest }) ?? 0;
  const [appId, type] = [optionalText(fields, "appId"), optionalText(fields, "type")];
  return log.list(
    after,
    wait,
    (event) => (appId === undefined || event.appId === appId) && (type === undefined || event.type === type),
  );
}
