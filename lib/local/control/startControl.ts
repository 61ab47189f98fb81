import { rmSync } from "node:fs";
import type { DynamoDBRecord } from "aws-lambda";
import type { WireRequest, WireResponse } from "../gateway.ts";
import { json } from "../localAction.ts";
import type { Page } from "../server.ts";
import { type ControlCall, controlPage } from "./controlPage.ts";
import { deliverCall } from "./deliverCall.ts";
import { type EventLogSettings, eventLog } from "./eventLog.ts";
import { listEvents } from "./eventsCall.ts";
import { gate } from "./gate.ts";
import type { LocalTables } from "./localTables.ts";

export interface ControlSettings {
  readonly token: string;
  readonly tables: () => LocalTables;
  readonly showEvents: EventLogSettings["show"];
  /** Folders and files that a reset deletes. */
  readonly resettable: readonly string[];
  /** Forgets what this process knows of the old table, and uses another. */
  readonly useTable: (tableName: string) => void | Promise<void>;
  readonly deliverText: ControlCall;
}

/** Milliseconds for which a reset waits for running calls of the API. */
const patience = 2_000;

/** Starts the test-control API of the local server. */
export function startControl(settings: ControlSettings) {
  const { tables } = settings;
  const calls = gate();
  const log = eventLog({ show: settings.showEvents, settle: () => tables().settle() });
  let isReady = false;

  const reset = () =>
    calls.close(async () => {
      const next = await tables().take();
      await tables().change(next, async (tableName) => {
        for (const place of settings.resettable) rmSync(place, { recursive: true, force: true });
        await settings.useTable(tableName);
        log.clear();
      });
      return { next: log.last() };
    }, patience);

  const health: Page = () => (isReady ? json(200, { status: "ready" }) : json(503, { status: "starting" }));

  return {
    page: controlPage(
      settings.token,
      {
        "POST reset": reset,
        "GET events": (fields) => listEvents(log, fields),
        "POST deliver": (fields, request) => deliverCall(settings.deliverText, fields, request),
      },
      { "GET health": health, "HEAD health": health },
    ),
    /** Passes a call of the API. */
    around: (_request: WireRequest, answer: () => Promise<WireResponse>) => calls.pass(answer),
    published: (records: readonly DynamoDBRecord[]): void => log.add(records),
    ready(): void {
      isReady = true;
    },
  };
}
