/** What is logged of a request: never a path (it may hold an externalId), a header, a body or a person's name. */
export interface LogEntry {
  readonly operation: string;
  readonly requestId: string;
  readonly status: number;
  /** The error's code, when it was refused. */
  readonly code?: string | undefined;
  readonly milliseconds: number;
  readonly coldStart: boolean;
  readonly usersCreated: number;
  /** Only of our own faults: the error's class and where it was thrown, not its message. */
  readonly fault?: { readonly name: string; readonly at: string };
  /** What became of an event that could not be stored; such a line tells of the event and is no request's. */
  readonly kept?: "queued" | "parked";
  /** Why parts of a delivery made nobody. */
  readonly skipped?: readonly string[] | undefined;
}

export type Log = (entry: LogEntry) => void;

/** The ways a user is born, one of them late: what a dashboard follows. A metric costs money, so nothing else makes one. */
const measured: ReadonlySet<string> = new Set([
  "createUser",
  "channelWebhook",
  "replayDelivery",
  "sdkCreateConversation",
  "sdkLogin",
]);

/**
 * Writes one JSON line a request. For the four ways the line is a metric as well, in CloudWatch's embedded metric format:
 * namespace `Sunroom`, dimension `operation`.
 */
export const logToStdout: Log = (entry) => {
  const { milliseconds, usersCreated, coldStart, ...rest } = entry;
  const line = {
    level: entry.fault ? "ERROR" : "INFO",
    timestamp: new Date().toISOString(),
    ...rest,
    Latency: milliseconds,
    UsersCreated: usersCreated,
    Refusals: (entry.status >= 400 && entry.status < 500) || entry.status === 501 ? 1 : 0,
    ColdStart: coldStart ? 1 : 0,
    ...(measured.has(entry.operation) && entry.kept === undefined ? { _aws: embeddedMetrics() } : {}),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const embeddedMetrics = (): object => ({
  Timestamp: Date.now(),
  CloudWatchMetrics: [
    {
      Namespace: "Sunroom",
      Dimensions: [["operation"]],
      Metrics: [
        { Name: "Latency", Unit: "Milliseconds" },
        { Name: "UsersCreated", Unit: "Count" },
        { Name: "Refusals", Unit: "Count" },
        { Name: "ColdStart", Unit: "Count" },
      ],
    },
  ],
});

/** Logs faults alone, for a terminal that shows requests its own way. */
export const logFaults: Log = (entry) => {
  if (entry.fault) logToStdout(entry);
};

/** An error's class and stack frames, without its message: a message may quote what a caller sent. */
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
