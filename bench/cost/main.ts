import { runCost } from "./runCost.ts";

process.exitCode = runCost(process.argv.slice(2), {
  write: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
});
