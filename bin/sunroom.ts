import { runSunroom } from "../lib/cli/runSunroom.ts";
import { startHelp } from "../lib/local/start/startOptions.ts";

/** Resolves when the text is written, so that a slow reader sets the pace. */
const write = (text: string) =>
  new Promise<void>((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve())));

// A reader that has read enough, e.g. `head`, closes the pipe: then there is nothing left to do.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const [command, ...parameters] = process.argv.slice(2);
const startTopic = command === "help" && parameters[0] === "start";
if (command !== "start" && !startTopic)
  process.exitCode = await runSunroom(process.argv.slice(2), process.env, {
    write,
    complain: (text) => process.stderr.write(text),
  });
else if (startTopic || parameters.includes("--help") || parameters.includes("-h")) await write(`${startHelp}\n`);
else {
  // The server reads its options behind its own name.
  process.argv.splice(2, 1);
  await import("./local.ts");
}
