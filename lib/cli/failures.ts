/** The request could not be done; the message is one sentence for the person at the terminal. Exit code 1. */
export class CommandFailed extends Error {
  /** The status of the server's answer, if it refused the call. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/** The command line itself is wrong; the message explains how to write it. Exit code 2. */
export class UsageError extends Error {}
