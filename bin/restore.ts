import { runRestore } from "../lib/restore/runRestore.ts";

process.exitCode = await runRestore(process.argv.slice(2), process.env, {
  write: (text) =>
    new Promise((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve()))),
  complain: (text) => process.stderr.write(text),
});
