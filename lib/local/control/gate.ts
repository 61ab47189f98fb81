export type Gate = ReturnType<typeof gate>;

/** Opens a gate that all calls of the API pass, and that can be closed for what no call may run beside. */
export function gate() {
  let running = 0;
  let closed: Promise<unknown> | undefined;
  let whenIdle = () => {};
  const idle = () =>
    new Promise<void>((resolve) => {
      whenIdle = resolve;
    });
  return {
    /** Does the work of a call; while the gate is closed it waits. */
    async pass<Result>(work: () => Promise<Result>): Promise<Result> {
      while (closed) await closed;
      running++;
      try {
        return await work();
      } finally {
        running--;
        if (running === 0) whenIdle();
      }
    },
    /**
     * Works behind the closed gate, one after another.
     * @param patience milliseconds for which calls that have passed are waited for
     */
    async close<Result>(work: () => Promise<Result>, patience: number): Promise<Result> {
      while (closed) await closed;
      let open = () => {};
      closed = new Promise<void>((resolve) => {
        open = resolve;
      });
      try {
        if (running > 0) await within(idle(), patience);
        return await work();
      } finally {
        whenIdle = () => {};
        closed = undefined;
        open();
      }
    },
  };
}

/** Waits until a promise is settled, but no longer than this. */
export async function within(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
