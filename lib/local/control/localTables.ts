import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTable, deleteTable } from "../createTable.ts";
import { type EventSettings, eventPlaces, firstTable, openEvents } from "../events/openEvents.ts";
import { tableSupply } from "./tableSupply.ts";

export interface LocalTableSettings extends Pick<EventSettings, "endpoint" | "invoke" | "onPublished"> {
  readonly dataDirectory: string;
}

export type LocalTables = Awaited<ReturnType<typeof openTables>>;

/** The names of the tables that this data directory has in the engine. */
interface TableNote {
  readonly current: string;
  /** The others: made for the next reset, or left behind by the last one. */
  readonly others: readonly string[];
}

const fileOf = (dataDirectory: string) => join(dataDirectory, "tables.json");

/** Lists the tables that a data directory may have in the engine. */
export function tablesOf(dataDirectory: string): readonly string[] {
  const { current, others } = readNote(dataDirectory);
  return [...new Set([firstTable, current, ...others])];
}

/** Opens the table of a data directory with its events, and keeps an empty one at hand that a reset takes. */
export async function openTables({ dataDirectory, ...settings }: LocalTableSettings) {
  const noted = readNote(dataDirectory);
  const others = new Set(noted.others);
  let tableName = noted.current;
  const note = () => noteTables(dataDirectory, { current: tableName, others: [...others] });

  const open = async (name: string) => {
    const { gotStream } = await createTable(settings.endpoint, name, { streamed: true });
    const places = eventPlaces(dataDirectory, name);
    return { gotStream, events: await openEvents({ ...settings, tableName: name, places }) };
  };
  const drop = async (name: string) => {
    await deleteTable(settings.endpoint, name);
    const { position, filePosition } = eventPlaces(dataDirectory, name);
    for (const file of [position, filePosition]) rmSync(file, { force: true });
    others.delete(name);
    note();
  };
  const supply = tableSupply({
    open: async (name) => {
      others.add(name);
      note();
      return (await open(name)).events;
    },
    drop,
    newName: () => `${firstTable}-${randomBytes(6).toString("hex")}`,
  });

  let { gotStream, events } = await open(tableName);
  for (const left of others) supply.drop(left);
  return {
    gotStream,
    name: () => tableName,
    /** Begins to bring events from the table, and makes the table of the next reset. */
    start(): void {
      events.start();
      supply.prepare();
    },
    kick: () => events.kick(),
    settle: () => events.settle(),
    /** Answers an empty table with what brings its events, which is to be used or dropped. */
    take: supply.take,
    drop: supply.drop,
    /**
     * Goes over to another table. The old one is deleted afterwards, and the next one made.
     * @param between works when nothing brings events
     */
    async change(
      next: Awaited<ReturnType<typeof supply.take>>,
      between: (tableName: string) => void | Promise<void>,
    ): Promise<void> {
      await events.stop();
      const old = tableName;
      tableName = next.tableName;
      events = next.opened;
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
      await supply.close();
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

const noteTables = (dataDirectory: string, note: TableNote): void =>
  writeFileSync(fileOf(dataDirectory), `${JSON.stringify(note)}\n`, { mode: 0o600 });
