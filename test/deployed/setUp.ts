import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { type Engine, startEngine } from "../../lib/local/engine.ts";
import { type Credentials, newAccountKey } from "../support/caller.ts";
import { startLocal } from "../support/startLocal.ts";
import { type Cloud, region } from "./miniStack/cloud.ts";
import { bootstrap, type Deployment, deploy } from "./miniStack/deploy.ts";
import { startMiniStack } from "./miniStack/start.ts";
import { startDoor } from "./miniStack/startDoor.ts";

/** Where a server under test is, and its table, which tests read to find users that no answer names. */
export interface Target {
  readonly url: string;
  readonly accountKey: Credentials;
  readonly endpoint: string;
  readonly region?: string;
  readonly tableName: string;
}

declare module "vitest" {
  interface ProvidedContext {
    /** The server that a project tests. */
    target: "deployed" | "local";
    targets: Readonly<Partial<Record<"deployed" | "local", Target>>>;
    /** The cloud, and what was deployed there first: for tests that run only where there is one. */
    cloud: Cloud;
    deployment: Deployment;
  }
}

/** Deploys the stack of the dev stage where MiniStack is, and starts the local server. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const stops: (() => Promise<void> | void)[] = [];
  const [deployed, local] = await Promise.all([startDeployed(project, stops), startLocalServer(stops)]);
  project.provide("targets", { ...(deployed && { deployed }), local });
  return async () => {
    for (const stop of stops.toReversed()) await stop();
  };
}

async function startDeployed(project: TestProject, stops: (() => Promise<void> | void)[]): Promise<Target | undefined> {
  const python = process.env.MINISTACK_PYTHON;
  if (!python) return undefined;
  const { stop, ...cloud } = await startMiniStack(python);
  stops.push(stop);
  await bootstrap(cloud);
  const deployment = await deploy(cloud, "dev");
  const door = await startDoor(deployment.outputs.ApiUrl);
  stops.push(() => door[Symbol.dispose]());
  project.provide("cloud", cloud);
  project.provide("deployment", deployment);
  const { accountKey, outputs } = deployment;
  return { url: door.url, accountKey, endpoint: cloud.endpoint, region, tableName: outputs.TableName };
}

/** Starts the local server as a user does, in a directory of its own, on an engine that tests may read. */
async function startLocalServer(stops: (() => Promise<void> | void)[]): Promise<Target> {
  const directory = mkdtempSync(join(tmpdir(), "sunroom-local-"));
  const accountKey = newAccountKey();
  const engine: Engine = await startEngine({});
  stops.push(() => rmSync(directory, { recursive: true, force: true }), engine.stop);
  const server = await startLocal(directory, {
    ACCOUNT_KEY_ID: accountKey.id,
    ACCOUNT_KEY_SECRET: accountKey.secret,
    DYNAMODB_ENDPOINT: engine.endpoint,
  });
  stops.push(async () => {
    server.kill("SIGTERM");
    await server.exited;
  });
  const url = /is ready at (\S+)/.exec(server.stdout())?.[1];
  if (url === undefined) throw new Error(`The local server did not start: ${server.stderr()}`);
  return { url, accountKey, endpoint: engine.endpoint, tableName: "sunroom" };
}
