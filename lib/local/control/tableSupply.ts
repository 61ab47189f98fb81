export interface TableSupplySettings<Item, Table> {
  /** Makes a table with these items. */
  readonly make: (items: readonly Item[]) => Promise<Table>;
  /** Deletes a table. */
  readonly drop: (name: string) => Promise<void>;
}

/**
 * Keeps a table at hand, so that a reset need not wait for one: to make it takes the engine longer than all else of a
 * reset, and to delete the items of the old one takes longer still.
 */
export function tableSupply<Item, Table>({ make, drop }: TableSupplySettings<Item, Table>) {
  let base: readonly Item[] = [];
  let next: Promise<Table> | undefined;
  let stopped = false;
  let background: Promise<unknown> = Promise.resolve();
  /** Works when all that was begun before is done, so that the engine is never busy with two tables at once. */
  const later = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = background.then(work);
    background = done.catch(() => {});
    return done;
  };
  const prepare = (): void => {
    if (next || stopped) return;
    const items = base;
    const made = later(() => make(items));
    next = made;
    made.catch(() => {
      if (next === made) next = undefined;
    });
  };
  return {
    /** Makes the next table, unless it is there. */
    prepare,
    /** Takes a table with these items, or the one at hand. */
    take(items?: readonly Item[]): Promise<Table> {
      if (items) return later(() => make(items));
      prepare();
      const taken = next ?? make(base);
      next = undefined;
      return taken;
    },
    /**
     * Says which items the tables at hand have, from the next one on.
     * @param forget takes the one that is there with others
     */
    base(items: readonly Item[], forget: (table: Table) => void): void {
      base = items;
      next?.then(forget, () => {});
      next = undefined;
      prepare();
    },
    /** Deletes a table that is no longer used. */
    drop(name: string): void {
      if (!stopped) later(() => drop(name)).catch(console.error);
    },
    /** Resolves when no table is being made or deleted; what is left is deleted at the next start. */
    async stop(): Promise<void> {
      stopped = true;
      await background;
    },
  };
}
