import { variable } from "./environment.ts";
import { logFaults, logToStdout } from "./http/log.ts";

/** What a Lambda needs that touches nothing: a clock and the log, without the environment of the table. */
export const runtime = {
  now: () => new Date(),
  log: process.env[variable.log] === "faults" ? logFaults : logToStdout,
};
