import type { Log, LogEntry } from "../model/log.ts";

/**
 * The operations that create users, one of them late, which the dashboard follows. A metric costs money, so no other
 * operation makes one.
 */
const measured: ReadonlySet<string> = new Set([
  "createUser",
  "channelWebhook",
  "replayDelivery",
  "sdkCreateConversation",
  "sdkLogin",
]);

/**
 * Writes one JSON line per request. For the measured operations the line is a metric as well, in CloudWatch's embedded
 * metric format: namespace `Sunroom`, dimension `operation`.
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

/**
 * Logs what a terminal that shows requests its own way does not show: faults, and what came of each event's delivery to
 * a webhook, on a line for people.
 */
export const logToTerminal: Log = (entry) => {
  if (entry.fault) logToStdout(entry);
  else if (entry.delivery) process.stdout.write(`${describeDelivery(entry, entry.delivery)}\n`);
};

/** Writes faults alone, where they do not stand in the way of what a program reads of the output. */
export const logFaults: Log = (entry) => {
  if (entry.fault) process.stderr.write(`${JSON.stringify(entry)}\n`);
};

const outcomes = {
  delivered: "delivered",
  later: "not delivered yet",
  failed: "given up, not delivered",
  skipped: "not sent",
} as const;

function describeDelivery(
  { status, milliseconds }: LogEntry,
  { type, eventId, webhookId, outcome, reason }: NonNullable<LogEntry["delivery"]>,
): string {
  const why = reason ?? `${status} in ${milliseconds} ms`;
  return `event ${type} ${eventId} ${outcomes[outcome]} to webhook ${webhookId} (${why})`;
}
