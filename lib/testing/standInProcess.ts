import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { variable } from "../api/environment.ts";
import { channelTypes } from "../model/channel.ts";

/** What a stand-in says when it is ready. */
export interface ReadyLine {
  readonly url: string;
  readonly accountKey: { readonly id: string; readonly secret: string };
  /** The token of its test-control API. */
  readonly controlToken: string;
}

/** A stand-in in a process of its own. */
export interface StandInProcess extends ReadyLine {
  readonly stop: () => Promise<void>;
}

/**
 * Starts the local server in a process of its own, and answers when it is ready. It ends with this process, however that
 * ends, and does not keep it alive. A worker thread would be ready some 15 ms sooner, but could not close its files to
 * other users (`umask`), and a fatal error of it would end the tests as well.
 *
 * @throws Error with the sentence of a server that cannot start
 */
export async function standInProcess(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<StandInProcess> {
  const child = spawn(process.execPath, [program(), ...parameters], {
    env: { ...inherited(), ...environment },
    // The last is the channel whose end tells the server that this process has ended.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    windowsHide: true,
  });
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const ready = await readyLine(child, exited);
  child.stderr?.on("data", (text) => void process.stderr.write(text));
  // A test that does not stop it would otherwise never end.
  child.unref();
  child.channel?.unref();
  for (const stream of child.stdio) if (stream instanceof Socket) stream.unref();
  return {
    ...ready,
    async stop() {
      child.ref();
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** Finds the local server beside this file: TypeScript in a clone, JavaScript in the package. */
const program = (): string =>
  fileURLToPath(new URL(`../../bin/local${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url));

/** What would reach the stand-in of the program that is tested, or of its tests' runner. */
const notInherited = [
  ...Object.values(variable),
  ...channelTypes.map((type) => `${type.toUpperCase()}_API_URL`),
  ...["PORT", "NODE_OPTIONS", "NODE_V8_COVERAGE", "npm_lifecycle_event"],
];

const inherited = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !notInherited.includes(name)));

/** Reads the one line that the server prints when it is ready. */
function readyLine(child: ChildProcess, exited: Promise<void>): Promise<ReadyLine> {
  let output = "";
  let complaint = "";
  const listen = (text: Buffer) => {
    complaint += text;
  };
  child.stderr?.on("data", listen);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.stdout?.on("data", (text) => {
      output += text;
      const end = output.indexOf("\n");
      if (end < 0) return;
      child.stderr?.off("data", listen);
      resolve(JSON.parse(output.slice(0, end)));
    });
    void exited.then(() => reject(new Error(complaint.trim() || "Sunroom ended before it was ready.")));
  });
}
