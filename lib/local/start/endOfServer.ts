/** Stops the server at a signal, or with the program that started it. */
export function whenToldToEnd(stop: () => Promise<void>, parentEnds: Promise<void>): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  void parentEnds.then(stop);
  if (process.env.npm_lifecycle_event) whenOrphaned(stop);
}

/** Resolves when the program ends that started this one with a channel, as `lib/testing` does, or closes the channel. */
export async function endOfParent(): Promise<void> {
  await new Promise<void>((resolve) => {
    if (process.connected) process.once("disconnect", () => resolve());
  });
}

/** Stops the server when its parent ends: npm, when it is told to end, leaves its child processes running. */
function whenOrphaned(stop: () => Promise<void>): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    void stop();
  }, 200);
}
