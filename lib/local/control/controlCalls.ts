import type { WireRequest } from "../gateway.ts";
import { BadInput, type Fields, numberOf, optionalText, textOf } from "../localAction.ts";
import type { OutboxCalls } from "../outbox/outboxActions.ts";
import type { ClockAndIdsControl } from "./clockAndIds.ts";
import type { ControlCalls } from "./controlPage.ts";
import { deliverCall } from "./deliverCall.ts";
import type { EventLog, EventLogSettings } from "./eventLog.ts";
import type { Faults } from "./faults.ts";
import type { LocalTables } from "./localTables.ts";
import type { RequestLog } from "./requestLog.ts";

/** What the test-control API does to the table by what the functions know of it. */
export interface TableControl {
  readonly showEvents: EventLogSettings["show"];
  /** Lets all functions use another table, and forget what they know of the last one. */
  readonly use: (tableName: string) => void | Promise<void>;
  /** Forgets what was read within the last minute. */
  readonly forget: () => void | Promise<void>;
  /** Deletes what has expired by the clock; answers the number of items. */
  readonly deleteExpired: () => Promise<number>;
  readonly expireMessages: (appId: string, conversationId: string) => Promise<number>;
  /** Ends all sessions of a user; tells whether there is one. */
  readonly endSessions: (appId: string, userId: string) => Promise<boolean>;
  readonly deleteKey: (appId: string, keyId: string) => Promise<boolean>;
}

/** The outbox as the test-control API uses it. */
export interface OutboxControl {
  readonly calls: OutboxCalls;
  readonly deliverText: (request: WireRequest, fields: Fields) => Promise<object>;
  readonly settle: () => Promise<unknown>;
  /** Forgets which integrations there are. */
  readonly forget: () => void;
  readonly reset: () => void;
}

export interface CallSettings {
  readonly reset: () => Promise<object>;
  readonly snapshot: (name: string) => Promise<object>;
  readonly restore: (name: string) => Promise<object>;
  readonly snapshots: () => readonly string[];
  readonly seed: (fields: Fields) => Promise<object>;
  readonly settle: () => Promise<object>;
  readonly ids: ClockAndIdsControl;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly events: EventLog;
  readonly table: TableControl;
  readonly outbox: OutboxControl;
  readonly tables: () => Pick<LocalTables, "settle">;
}

/** Milliseconds that a call waits at most. */
const longestWait = 60_000;
const placesAtMost = Number.MAX_SAFE_INTEGER;

/** Makes the calls of the test-control API, besides health. */
export function controlCalls(settings: CallSettings): ControlCalls {
  const { reset, snapshot, restore, snapshots, seed, settle, ids, faults, outbox, table } = settings;
  return {
    "POST reset": reset,
    "POST snapshot": (fields) => snapshot(textOf(fields, "name")),
    "GET snapshots": () => ({ snapshots: snapshots() }),
    "POST restore": (fields) => restore(textOf(fields, "name")),
    "POST seed": seed,
    "POST settle": settle,
    "GET clock": () => ids.state(),
    "POST clock": async (fields) => {
      const state = ids.clock(fields);
      // What was read is used for a minute of the clock, which may have stopped, or gone back.
      await table.forget();
      return state;
    },
    "POST ids": (fields) => ids.ids(fields),
    "GET faults": () => ({ faults: faults.list() }),
    "POST faults": (fields) => ({ fault: faults.add(fields) }),
    "DELETE faults": () => {
      faults.clear();
      return { faults: [] };
    },
    "GET requests": (fields) => listRequests(settings, fields),
    "DELETE requests": () => {
      settings.requests.clear();
      return {};
    },
    "GET events": (fields) => listEvents(settings, fields),
    "POST deliver": (fields, request) =>
      deliverCall((given, asked) => outbox.deliverText(asked, given), fields, request),
    "GET outbox": async (fields) => {
      await settle();
      return outbox.calls.list(fields);
    },
    "POST outbox": (fields) => outbox.calls.script(fields),
    "DELETE outbox": () => outbox.calls.clear(),
    "POST receipts": async (fields) => {
      await settle();
      return outbox.calls.report(fields);
    },
    "POST expire": (fields) => expire(table, fields),
    "POST revoke": (fields) => revoke(settings, fields),
  };
}

/** Lists events: `after` a place, of an `appId`, of a `type`; `wait` gives the milliseconds to wait for one. */
function listEvents({ events }: CallSettings, fields: Fields): Promise<object> {
  const after = numberOf(fields, "after", { most: placesAtMost }) ?? 0;
  const wait = numberOf(fields, "wait", { most: longestWait }) ?? 0;
  const [appId, type] = [optionalText(fields, "appId"), optionalText(fields, "type")];
  return events.list(
    after,
    wait,
    (event) => (appId === undefined || event.appId === appId) && (type === undefined || event.type === type),
  );
}

/** Lists requests: `after` a place, of an `operation`, a `method`, a `path`. */
function listRequests({ requests }: CallSettings, fields: Fields): object {
  const after = numberOf(fields, "after", { most: placesAtMost }) ?? 0;
  const wanted = {
    method: optionalText(fields, "method"),
    path: optionalText(fields, "path"),
    operation: optionalText(fields, "operation"),
  };
  return requests.list(after, ({ method, path, operation }) =>
    Object.entries({ method, path, operation }).every(([name, value]) => {
      const { [name]: given } = wanted as Readonly<Record<string, string | undefined>>;
      return given === undefined || given === value;
    }),
  );
}

/** Lets things expire: the `sessions` of a user, the `messages` of a conversation, or all whose time has come. */
async function expire(table: TableControl, { sessions, messages, ...rest }: Fields): Promise<object> {
  // A misspelt field is not to let everything expire.
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw new BadInput(`There is no field ${unknown}, only sessions, messages.`);
  if (sessions !== undefined) {
    const { appId, userId } = namesIn("sessions", sessions, ["appId", "userId"]);
    if (!(await table.endSessions(appId, userId))) throw new BadInput(`There is no user ${userId} in the app.`);
    return { expired: 1 };
  }
  if (messages !== undefined) {
    const { appId, conversationId } = namesIn("messages", messages, ["appId", "conversationId"]);
    return { expired: await table.expireMessages(appId, conversationId) };
  }
  return { expired: await table.deleteExpired() };
}

/** Revokes an app's API key at once, or at its provider the credentials of an integration. */
async function revoke({ table, outbox }: CallSettings, fields: Fields): Promise<object> {
  const integrationId = optionalText(fields, "integrationId");
  if (integrationId !== undefined) {
    outbox.calls.script({ integrationId, status: 401, times: 10_000 });
    return { revoked: integrationId };
  }
  const keyId = textOf(fields, "keyId");
  if (!(await table.deleteKey(textOf(fields, "appId"), keyId)))
    throw new BadInput(`There is no key ${keyId} of the app.`);
  return { revoked: keyId };
}

/** Reads an object of texts. @throws BadInput if one is missing */
function namesIn<Name extends string>(
  at: string,
  value: unknown,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  if (typeof value !== "object" || value === null) throw new BadInput(`The field ${at} has to be an object.`);
  const found = names.map((name) => [name, textOf({ ...value }, name)] as const);
  // Each name has its text.
  return Object.fromEntries(found) as Record<Name, string>;
}
