import { variable } from "../api/environment.ts";
import { logToStdout, logToTerminal } from "./log.ts";

/**
 * The runtime of a Lambda that uses neither table nor key: a clock and the log, without the environment of the table.
 */
export const plainRuntime = {
  now: () => new Date(),
  log: process.env[variable.log] === "terminal" ? logToTerminal : logToStdout,
};
