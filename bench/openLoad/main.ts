import { runLoad } from "./runLoad.ts";

/** Ends the load at the first Ctrl-C, so that its app is deleted. */
const stopped = new AbortController();
process.once("SIGINT", () => stopped.abort());

process.exitCode = await runLoad(
  process.argv.slice(2),
  process.env,
  { write: (text) => process.stdout.write(text), complain: (text) => process.stderr.write(text) },
  stopped.signal,
);
