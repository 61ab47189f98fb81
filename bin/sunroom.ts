import { runSunroom } from "../lib/cli/runSunroom.ts";

/** Resolves when the text is on its way, so that a slow reader is not written to faster than it reads. */
const write = (text: string) =>
  new Promise<void>((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve())));

// A reader that has seen enough, e.g. `head`, closes the pipe: then there is nothing left to do.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

process.exitCode = await runSunroom(process.argv.slice(2), process.env, {
  write,
  complain: (text) => process.stderr.write(text),
});
