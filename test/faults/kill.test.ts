import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { caller, type Reply } from "../support/caller.ts";
import { compileCache } from "../support/compileCache.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { newStage, type Stage } from "../support/stage.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import type { TestServer } from "../support/startTestServer.ts";
import { type Attempt, scenarios } from "./scenarios.ts";

let child: ChildProcess;
const { proxy, server: own } = await startProxiedServer();
const url = await startChild("0");
/** The same table behind the process that is killed. */
const server: TestServer = {
  ...own,
  url,
  account: caller(url, own.accountKey),
  as: (credentials) => caller(url, credentials),
  async newApp() {
    const { id, key } = await own.newApp();
    return { id, key, api: caller(url, key) };
  },
};
afterAll(() => void child.kill("SIGKILL"));

/** Starts the server anew; answers its URL. */
async function startChild(port: string): Promise<string> {
  child = spawn(process.execPath, ["--import", compileCache, fileURLToPath(new URL("child.ts", import.meta.url))], {
    env: { ...process.env, PORT: port, [variable.dynamodbEndpoint]: proxy.endpoint, [variable.publicUrl]: "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (!child.stdout) throw new Error("The server's output cannot be read.");
  const lines = createInterface({ input: child.stdout });
  const [url] = await once(lines, "line");
  // What follows is its log, which is held to what our own is held to.
  lines.on("line", (line) => process.stdout.write(`${line}\n`));
  return url;
}

async function restartChild(): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  await startChild(new URL(server.url).port);
}

/** Makes an attempt whose server is killed at one of its calls, and counts the calls that there were. */
async function callAndKill(stage: Stage, attempt: Attempt, at: number) {
  let calls = 0;
  const lift = proxy.faultBy(({ body }) => {
    if (stage.marks.some((mark) => body.includes(mark)) && ++calls === at) child.kill("SIGKILL");
    // The engine has heard of the call and does it; its caller is no more.
    return undefined;
  });
  const answer: Reply | undefined = await attempt.call().catch(() => undefined);
  lift();
  return { calls, answer };
}

/** Each of the four ways, and the longest of all operations: the merge. */
const killed = [
  ["createUser", "with an externalId"],
  ["channelWebhook", "a first contact"],
  ["channelWebhook", "another message"],
  ["sdkCreateConversation", "by somebody new"],
  ["sdkLogin", "somebody new"],
  ["sdkLogin", "a guest who is somebody known"],
] as const;

describe("a server that is killed during a request and started again", () => {
  test.each(killed)("%s, %s, is done once", async (operation, name) => {
    const scenario = scenarios[operation]?.[name];
    if (!scenario) throw new Error("There is no such scenario.");
    for (let at = 1, finished = false; !finished; at++) {
      const stage = await newStage(server);
      const attempt = await scenario(stage, proxy);
      const { calls, answer: first } = await callAndKill(stage, attempt, at);
      let answer = first;
      finished = calls < at;
      if (!finished) await restartChild();
      for (let again = 0; (answer?.status ?? 500) >= 500 && again < 3; again++) answer = await attempt.call();
      expect(attempt.told, `killed at call ${at}: told ${answer?.status} ${answer?.text}`).toContain(answer?.status);
      if (answer) await attempt.settled?.(answer);
    }
  });

  test("leaves nothing that breaks an invariant", async () => {
    expect(await brokenInvariants(own.tableName)).toEqual([]);
  });
});
