/** Functions that open a connection for each client of this process. */
const openers: (() => Promise<unknown>)[] = [];

/** Registers how a client's connection is opened before its first call. */
export const toBeOpened = (open: () => Promise<unknown>): void => void openers.push(open);

/**
 * Opens a connection of every client, so that the first call finds it open. Never throws: a call reports by itself why
 * it could not connect. For the start of a Lambda, which has a whole processor where a request has a part of one.
 */
export async function openConnections(): Promise<void> {
  await Promise.allSettled(openers.map((open) => open()));
}
