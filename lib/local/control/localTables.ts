import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTable, deleteTable } from "../createTable.ts";
import { type EventSettings, eventPlaces, firstTable, openEvents } from "../events/openEvents.ts";
import { type RawItem, tableCopies } from "./tableCopy.ts";
import { tableSupply } from "./tableSupply.ts";

export interface LocalTableSettings extends Pick<EventSettings, "endpoint" | "invoke"> {
  readonly onPublished: NonNullable<EventSettings["onPublished"]>;
  readonly dataDirectory: string;
}

export type LocalTables = Awaited<ReturnType<typeof openTables>>;

/** The names of the tables that this data directory has in the engine. */
interface TableNote {
  readonly current: string;
  /** The others: made for the next reset, or left behind by the last one. */
  readonly others: readonly string[];
}

/** Milliseconds that a reset waits for deliveries; what is left of them meets an empty table. */
const patience = 250;

const fileOf = (dataDirectory: string) => join(dataDirectory, "tables.json");

/** Lists the tables that a data directory may have in the engine. */
export function tablesOf(dataDirectory: string): readonly string[] {
  const { current, others } = readNote(dataDirectory);
  return [...new Set([firstTable, current, ...others])];
}

/** Opens the table of a data directory with its events, and keeps one at hand that a reset takes. */
export async function openTables({ dataDirectory, ...settings }: LocalTableSettings) {
  const noted = readNote(dataDirectory);
  const others = new Set(noted.others);
  const copies = tableCopies(settings.endpoint);
  let tableName = noted.current;
  const note = () => noteTables(dataDirectory, { current: tableName, others: [...others] });

  const open = async (name: string, items: readonly RawItem[]) => {
    const { gotStream } = await createTable(settings.endpoint, name, { streamed: true });
    await copies.fill(name, items);
    // What the table is filled with is no event: it is read from here on.
    const places = eventPlaces(dataDirectory, name);
    const onPublished = (records: Parameters<LocalTableSettings["onPublished"]>[0]) => {
      published += records.length;
      settings.onPublished(records);
    };
    return { gotStream, events: await openEvents({ ...settings, tableName: name, places, onPublished }) };
  };
  const supply = tableSupply({
    async make(items: readonly RawItem[]) {
      const name = `${firstTable}-${randomBytes(6).toString("hex")}`;
      others.add(name);
      note();
      return { name, events: (await open(name, items)).events };
    },
    async drop(name: string) {
      await deleteTable(settings.endpoint, name);
      rmSync(eventPlaces(dataDirectory, name).position, { force: true });
      others.delete(name);
      note();
    },
  });

  let published = 0;
  let { gotStream, events } = await open(tableName, []);
  for (const left of others) supply.drop(left);
  return {
    gotStream,
    name: () => tableName,
    /** Begins to bring events from the table. */
    start: () => events.start(),
    /** Makes the table of the next reset. */
    prepare: supply.prepare,
    kick: () => events.kick(),
    settle: () => events.settle(),
    work: () => events.work(),
    /** Answers the number of records that were published so far. */
    published: () => published,
    /** Tells whether the engine answers. */
    answers: () => copies.answers(tableName),
    /** Reads all items of the table. */
    read: () => copies.read(tableName),
    /** Says which items the table of a reset has. */
    base(items: readonly RawItem[]): void {
      supply.base(items, ({ name }) => supply.drop(name));
    },
    /**
     * Goes over to another table, with these items or those of a reset. The old one is deleted afterwards, and that of
     * the next reset made.
     * @param between works when nothing brings events
     */
    async change(between: (tableName: string) => void | Promise<void>, items?: readonly RawItem[]): Promise<void> {
      const next = await supply.take(items);
      await events.abandon(patience);
      const old = tableName;
      [tableName, events] = [next.name, next.events];
      others.delete(tableName);
      others.add(old);
      note();
      await between(tableName);
      events.start();
      supply.drop(old);
      supply.prepare();
    },
    /** Ends all work in good order. */
    async stop(): Promise<void> {
      await events.stop();
      await supply.stop();
    },
  };
}

function readNote(dataDirectory: string): TableNote {
  try {
    const { current, others }: Record<string, unknown> = JSON.parse(readFileSync(fileOf(dataDirectory), "utf8"));
    if (typeof current === "string" && Array.isArray(others)) return { current, others: others.map(String) };
  } catch {
    // There was no reset yet.
  }
  return { current: firstTable, others: [] };
}

/** Notes the names in a file that is whole whenever the process ends. */
function noteTables(dataDirectory: string, note: TableNote): void {
  const file = fileOf(dataDirectory);
  writeFileSync(`${file}.part`, `${JSON.stringify(note)}\n`, { mode: 0o600 });
  renameSync(`${file}.part`, file);
}
