/** Opens a connection of each client that this process has made. */
const openers: (() => Promise<unknown>)[] = [];

/** Says how a client's connection is opened before its first call. */
export const toBeOpened = (open: () => Promise<unknown>): void => void openers.push(open);

/**
 * Opens a connection of every client, so that the first call finds it open. Never throws: a call meets by itself what
 * kept it from being opened. For the start of a Lambda, which has all of a processor where a request has a part of one.
 */
export async function openConnections(): Promise<void> {
  await Promise.allSettled(openers.map((open) => open()));
}
