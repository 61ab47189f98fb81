/** The reason why the local server cannot start, as one sentence for the person at the terminal. */
export class StartError extends Error {}
