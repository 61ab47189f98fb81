import { runSunroom } from "../lib/cli/runSunroom.ts";

/** Resolves when the text is written, so that a slow reader sets the pace. */
const write = (text: string) =>
  new Promise<void>((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve())));

// A reader that has read enough, e.g. `head`, closes the pipe: then there is nothing left to do.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

process.exitCode = await runSunroom(process.argv.slice(2), process.env, {
  write,
  complain: (text) => process.stderr.write(text),
});
