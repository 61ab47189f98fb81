import type { Context } from "aws-lambda";
import { probeUser } from "../lib/http/probeUser.ts";
import { describeFault } from "../lib/model/log.ts";
import { canaryRuntime } from "../lib/runtime.ts";

/** Probes the API once. Lambda counts a failure as an error, which an alarm sees. */
export const handler = async (_: unknown, context: Pick<Context, "awsRequestId">): Promise<void> => {
  const runtime = canaryRuntime();
  const started = performance.now();
  const entry = { operation: "probeUsers", requestId: context.awsRequestId, coldStart: false, usersCreated: 0 };
  const milliseconds = () => Math.round(performance.now() - started);
  try {
    await probeUser(runtime);
    runtime.log({ ...entry, status: 200, milliseconds: milliseconds() });
  } catch (error) {
    runtime.log({ ...entry, status: 500, milliseconds: milliseconds(), fault: describeFault(error) });
    throw error;
  }
};
