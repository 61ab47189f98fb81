// Imported before a program (`node --import`): stores Node's compiled code beside the dependencies, so that the command
// line starts in half the time from then on, and the local server in two thirds.
import module from "node:module";
import { fileURLToPath } from "node:url";

// Absent before Node 22.
module.enableCompileCache?.(fileURLToPath(new URL("../node_modules/.cache/node", import.meta.url)));
