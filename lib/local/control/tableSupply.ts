/** A table with what was opened on it. */
export interface Supplied<Opened> {
  readonly tableName: string;
  readonly opened: Opened;
}

export interface TableSupplySettings<Opened> {
  /** Makes an empty table, and opens on it what its use needs. */
  readonly open: (tableName: string) => Promise<Opened>;
  /** Deletes a table with what was noted of it. */
  readonly drop: (tableName: string) => Promise<void>;
  readonly newName: () => string;
}

/**
 * Keeps an empty table at hand, so that a reset need not wait for one: to make it takes the engine longer than all else
 * of a reset, and to delete the items of the old one takes longer still.
 */
export function tableSupply<Opened>({ open, drop, newName }: TableSupplySettings<Opened>) {
  const make = async (): Promise<Supplied<Opened>> => {
    const tableName = newName();
    return { tableName, opened: await open(tableName) };
  };
  let next: Promise<Supplied<Opened>> | undefined;
  let background: Promise<unknown> = Promise.resolve();
  /** Works when all that was begun before is done, so that the engine is never busy with two tables at once. */
  const later = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = background.then(work);
    background = done.catch(console.error);
    return done;
  };
  /** Makes the next table, unless it is there. */
  const prepare = (): void => {
    if (next) return;
    const made = later(make);
    next = made;
    made.catch(() => {
      if (next === made) next = undefined;
    });
  };
  return {
    prepare,
    /** Takes the table at hand, or a new one. */
    async take(): Promise<Supplied<Opened>> {
      prepare();
      const taken = next ?? make();
      next = undefined;
      return taken;
    },
    /** Deletes a table that is no longer used. */
    drop: (tableName: string): void => void later(() => drop(tableName)).catch(() => {}),
    /** Resolves when nothing is being made or deleted; answers the table at hand, to be closed. */
    async close(): Promise<Supplied<Opened> | undefined> {
      const left = await next?.catch(() => undefined);
      next = undefined;
      await background;
      return left;
    },
  };
}
