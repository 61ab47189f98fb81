import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import type { DynamoDBRecord } from "aws-lambda";
import type { AccountKey } from "../accountKey.ts";
import type { WireRequest, WireResponse } from "../gateway.ts";
import { type Fields, json } from "../localAction.ts";
import type { Page } from "../server.ts";
import { aroundCalls } from "./around.ts";
import { clockAndIds } from "./clockAndIds.ts";
import { controlCalls, type OutboxControl, type TableControl } from "./controlCalls.ts";
import { type ControlAccess, controlPage } from "./controlPage.ts";
import { eventLog } from "./eventLog.ts";
import { faultStore } from "./faults.ts";
import { gate } from "./gate.ts";
import type { LocalTables } from "./localTables.ts";
import { requestLog } from "./requestLog.ts";
import { seedAll } from "./seed.ts";
import { seedCaller } from "./seedCaller.ts";
import { type Snapshot, snapshotFolder } from "./snapshots.ts";

export interface ControlSettings {
  readonly access: ControlAccess;
  readonly accountKey: AccountKey;
  readonly dataDirectory: string;
  /** The folder of attachments, and the folders and files besides it that a reset deletes. */
  readonly attachments: string;
  readonly resettable: readonly string[];
  readonly tables: () => LocalTables;
  readonly table: TableControl;
  readonly outbox: OutboxControl;
  readonly operationOf: (request: WireRequest) => string | undefined;
  /** The URL of this server, and its API, once it listens. */
  readonly url: () => string;
  readonly call: (request: WireRequest) => Promise<WireResponse>;
}

export type Control = ReturnType<typeof startControl>;

/** Milliseconds for which a reset waits for running calls of the API. */
const patience = 2_000;
/** The name of the snapshot that a seed file made: a reset goes back to it. */
const seedSnapshot = "seed";
/** Rounds of work that follow from each other, beyond which nothing is waited for. */
const roundsAtMost = 20;

/** Resolves when all that follows from what was committed is done: events, deliveries, calls of channels. */
async function settleAll(tables: LocalTables, outbox: OutboxControl): Promise<object> {
  for (let round = 0, before = -1; round < roundsAtMost && before !== tables.published(); round++) {
    before = tables.published();
    await tables.settle();
    await tables.work();
    await outbox.settle();
  }
  return {};
}

/** Says whether the server is ready, and its engine answers. */
async function healthOf(isReady: boolean, tables: LocalTables): Promise<WireResponse> {
  if (!isReady) return json(503, { status: "starting" });
  return (await tables.answers()) ? json(200, { status: "ready" }) : json(503, { status: "no database" });
}

/** Starts the test-control API of the local server. */
export function startControl(settings: ControlSettings) {
  const { tables, table, outbox } = settings;
  const calls = gate();
  const [ids, faults] = [clockAndIds(), faultStore()];
  const requests = requestLog(settings.operationOf);
  const events = eventLog({ show: table.showEvents, settle: () => tables().settle() });
  const snapshots = snapshotFolder(settings.dataDirectory, settings.attachments);
  let isReady = false;
  let base: string | undefined;
  let seeds = 0;

  /** Empties all there is, or makes it as a snapshot has it. */
  const goBack = (to?: { readonly name: string; readonly snapshot: Snapshot }): Promise<{ readonly next: number }> =>
    calls.close(async () => {
      const files = to?.name ?? base;
      await tables().change(async (tableName) => {
        for (const place of [settings.attachments, ...settings.resettable])
          rmSync(place, { recursive: true, force: true });
        if (files !== undefined) snapshots.putFiles(files);
        await table.use(tableName);
        outbox.reset();
        for (const store of [events, requests, faults]) store.clear();
        ids.restore(to?.snapshot.clockAndIds);
        seeds = 0;
      }, to?.snapshot.items);
      return { next: events.last() };
    }, patience);

  const takeSnapshot = (name: string): Promise<object> =>
    calls.close(async () => {
      const items = await tables().read();
      snapshots.write(name, { items, clockAndIds: ids.state() });
      return { name, items: items.length };
    }, patience);

  const seed = (fields: Fields) => {
    const text = createHash("sha256")
      .update(JSON.stringify([seeds++, fields]))
      .digest("hex");
    return seedAll(fields, seedCaller({ ...settings, ids }, text)).finally(outbox.forget);
  };

  const settle = () => settleAll(tables(), outbox);
  const health: Page = () => healthOf(isReady, tables());
  const own = { reset: () => goBack(), restore: restoreFrom, snapshot: takeSnapshot, snapshots: snapshots.names };
  function restoreFrom(name: string) {
    return goBack({ name, snapshot: snapshots.read(name) });
  }

  return {
    page: controlPage(
      settings.access,
      controlCalls({ ...own, seed, settle, ids, faults, requests, events, table, outbox, tables }),
      { "GET health": health, "HEAD health": health },
    ),
    ...{ requests, events, around: aroundCalls({ calls, faults, requests, operationOf: settings.operationOf }) },
    /** Takes records of which every event is published. */
    published: (records: readonly DynamoDBRecord[]): void => events.add(records),
    /**
     * Makes at first what a seed says, unless there is something; from then on a reset goes back to that.
     * @returns whether it was made, or had been
     */
    async begin(fields: Fields): Promise<boolean> {
      const isEmpty = (await tables().read()).length === 0;
      if (isEmpty) {
        await seed(fields).catch(async (error: unknown) => {
          await goBack();
          throw error;
        });
        await settle();
        await takeSnapshot(seedSnapshot);
        for (const store of [events, requests]) store.clear();
      }
      if (!snapshots.names().includes(seedSnapshot)) return false;
      base = seedSnapshot;
      tables().base(snapshots.read(seedSnapshot).items);
      return true;
    },
    /** Says that the server is ready, and makes the table of the next reset. */
    ready(): void {
      isReady = true;
      tables().prepare();
    },
  };
}
