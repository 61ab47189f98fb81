/** What was asked for could not be done; its message is one sentence for the person at the terminal. Exit code 1. */
export class CommandFailed extends Error {}

/** The command line itself is wrong; its message says what to write instead. Exit code 2. */
export class UsageError extends Error {}
