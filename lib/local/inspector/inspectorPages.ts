import type { AccountKey } from "../accountKey.ts";
import type { EventLog } from "../control/eventLog.ts";
import type { RequestLog } from "../control/requestLog.ts";
import { localAction, optionalText, textOf } from "../localAction.ts";
import { isFromHere, isFromOwnPage } from "../ownPage.ts";
import type { Page } from "../server.ts";
import type { DeadLetters } from "./deadLetters.ts";

/** What the inspector shows beside what the API answers. */
export interface InspectorSettings {
  readonly accountKey: AccountKey;
  /** Finds the users and conversations of an app in which a text occurs. */
  readonly recordsOf: (appId: string, search: string) => Promise<object>;
  readonly requests: Pick<RequestLog, "list">;
  readonly events: Pick<EventLog, "list">;
  readonly deadLetters: DeadLetters;
}

/** Requests and events that are answered at once. */
const shownAtMost = 200;

/**
 * Makes what the page's inspector reads of this server: everything there is, for this machine alone. It asks for the
 * number of changes every second, and for the rest when that is another.
 */
export function inspectorPages({ accountKey, recordsOf, requests, events, deadLetters }: InspectorSettings): {
  readonly pages: Readonly<Record<string, Page>>;
  readonly actions: Readonly<Record<string, Page>>;
  /** Says that something may be new. */
  readonly changed: () => void;
} {
  let changes = 0;
  return {
    changed: () => {
      changes++;
    },
    pages: {
      "/local/inspector/changes": localAction(isFromHere, () => ({ changes })),
      "/local/inspector/records": localAction(isFromHere, (_, fields) =>
        recordsOf(textOf(fields, "appId"), optionalSearch(fields.search)),
      ),
      "/local/inspector/requests": localAction(isFromHere, () => ({
        requests: requests
          .list(0, () => true)
          .requests.slice(-shownAtMost)
          .reverse(),
      })),
      "/local/inspector/events": localAction(isFromHere, async (_, fields) => {
        const appId = optionalText(fields, "appId");
        const { events: listed } = await events.list(0, 0, (event) => appId === undefined || event.appId === appId);
        return { events: listed.slice(-shownAtMost).reverse() };
      }),
      "/local/inspector/dead-letters": localAction(isFromHere, async () => ({ letters: await deadLetters.list() })),
    },
    actions: {
      // Whoever has this key may do everything, so it is for the page alone.
      "/local/inspector/account": localAction(isFromOwnPage, () => ({ id: accountKey.id, secret: accountKey.secret })),
      "/local/inspector/replay": localAction(isFromOwnPage, async (_, fields) => {
        await deadLetters.replay(textOf(fields, "kind"), textOf(fields, "name"));
        changes++;
        return { replayed: true };
      }),
    },
  };
}

/** Reads a text to search for, which may be empty. */
const optionalSearch = (search: unknown): string => (typeof search === "string" ? search : "");
