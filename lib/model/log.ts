/** The log entry of a request: never a path (it may hold an externalId), a header, a body or a person's name. */
export interface LogEntry {
  readonly operation: string;
  readonly requestId: string;
  readonly status: number;
  /** The code of the error, if the request was refused. */
  readonly code?: string | undefined;
  readonly milliseconds: number;
  readonly coldStart: boolean;
  readonly usersCreated: number;
  /** Only for our own faults: the error's class and stack frames, not its message. */
  readonly fault?: { readonly name: string; readonly at: string };
  /** The fate of an event that could not be stored; such an entry is of the event, not of a request. */
  readonly kept?: "queued" | "parked";
  /** Reasons why parts of a delivery made no event. */
  readonly skipped?: readonly string[] | undefined;
  /** The delivery of an event to a webhook, by ids alone; such an entry is of the delivery, its status the target's. */
  readonly delivery?: {
    readonly id: string;
    readonly appId: string;
    readonly webhookId: string;
    readonly eventId: string;
    readonly type: string;
    readonly outcome: "delivered" | "later" | "failed" | "skipped";
    /** Why there is no status, or no attempt. */
    readonly reason?: string | undefined;
  };
  /** A task at a channel's provider, by ids alone; such an entry is of the task. */
  readonly task?: {
    readonly id: string;
    readonly kind: string;
    readonly appId: string;
    /** The channel, if it is known. */
    readonly channel?: string | undefined;
    readonly outcome: "accepted" | "failed" | "later" | "skipped" | "done";
    /** Why it failed, was put off or skipped: a word of ours, never the provider's. */
    readonly reason?: string | undefined;
  };
}

export type Log = (entry: LogEntry) => void;

/** Describes an error by its class and stack frames, without its message, which may quote a caller's request. */
export function describeFault(error: unknown): { name: string; at: string } {
  if (!(error instanceof Error)) return { name: typeof error, at: "" };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    name: error.name,
    at: frames
      .slice(0, 8)
      .map((line) => line.trim())
      .join(" | "),
  };
}
