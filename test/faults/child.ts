import { startServer } from "../../lib/local/server.ts";

/** The local server in a process of its own, to be killed: on the port and table its environment names. */
const { url } = await startServer({ port: Number(process.env.PORT) });
process.stdout.write(`${url}\n`);
