import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Cloud } from "./cloud.ts";

/** What MiniStack and the Lambdas print. */
const log = fileURLToPath(new URL("../../../reports/ministack.log", import.meta.url));

/** Starts it with what its version lacks. */
const shim = fileURLToPath(new URL("shim.py", import.meta.url));

/** Starts MiniStack on a free port, with nothing in it. */
export async function startMiniStack(python: string): Promise<Cloud & { readonly stop: () => Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), "sunroom-deployed-"));
  const port = await freePort();
  mkdirSync(dirname(log), { recursive: true });
  const output = createWriteStream(log);
  const child = spawn(python, [shim], {
    cwd: directory,
    env: {
      // Lambdas run by the Node that runs the tests.
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: directory,
      TMPDIR: directory,
      GATEWAY_PORT: String(port),
      BIND_HOST: "127.0.0.1",
      LAMBDA_EXECUTOR: "local",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) stream.pipe(output);
  const endOfThis = () => void child.kill();
  process.once("exit", endOfThis);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await Promise.race([isReady(child.stdout, child.stderr), failure(ended)]);
  return {
    endpoint: `http://localhost:${port}`,
    directory,
    async stop() {
      process.off("exit", endOfThis);
      child.kill();
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function failure(ended: Promise<void>): Promise<never> {
  await ended;
  throw new Error(`MiniStack ended; ${log} says why.`);
}

/** Waits until the server says that it listens. */
function isReady(...streams: readonly NodeJS.ReadableStream[]): Promise<void> {
  return new Promise((resolve) => {
    for (const stream of streams)
      stream.on("data", (text) => {
        if (String(text).includes("Running on")) resolve();
      });
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
