import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { caller } from "../support/caller.ts";
import { readmeExample } from "../support/readmeExample.ts";
import { runSunroom } from "../support/runSunroom.ts";
import { startLocal } from "../support/startLocal.ts";

test("the README's receiver hears of a user's message and answers it", async () => {
  const directory = mkdtempSync(join(tmpdir(), "sunroom-"));
  const local = await startLocal(directory);
  const url = /ready at (\S+)/.exec(local.stdout())?.[1] ?? "";
  const sunroom = async <T>(...words: string[]): Promise<T> => {
    const { code, stdout, stderr } = await runSunroom([...words, "--json"], {}, directory);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(stdout);
  };
  const app = await sunroom<{ id: string }>("app", "create", "My app");
  const key = await sunroom<{ id: string; secret: string }>("key", "create", "My server");
  const port = await freePort();
  const webhook = await sunroom<{ secret: string }>("webhook", "create", `http://localhost:${port}`);
  const code = readmeExample("const authorization", {
    "http://localhost:3000": url,
    "<key id>": key.id,
    "<key secret>": key.secret,
    "<webhook secret>": webhook.secret,
    // Tells that it listens.
    "listen(4000)": `listen(${port}, () => console.log("listening"))`,
  });
  const receiver = spawn(process.execPath, ["--input-type=commonjs", "-e", code], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    await once(receiver.stdout, "data");
    const business = caller(url, key);
    const base = `/v2/apps/${app.id}`;
    await business.post(`${base}/users`, { externalId: "jane" });
    const { body } = await business.post<{ conversation: { id: string } }>(`${base}/conversations`, {
      type: "personal",
      participants: [{ userExternalId: "jane" }],
    });
    const messages = `${base}/conversations/${body.conversation.id}/messages`;
    await business.post(messages, {
      author: { type: "user", userExternalId: "jane" },
      content: { type: "text", text: "Hello" },
    });
    const texts = async () =>
      (await business.get<{ messages: { content: { text: string } }[] }>(messages)).body.messages.map(
        ({ content }) => content.text,
      );
    await expect.poll(texts, { timeout: 20_000 }).toEqual(["Hello", "Thank you!"]);
    expect((await fetch(`http://localhost:${port}`, { method: "POST", body: "{}" })).status).toBe(401);
  } finally {
    receiver.kill();
    local.kill("SIGTERM");
    await local.exited;
    rmSync(directory, { recursive: true });
  }
});

/** Finds a port at which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  // The address of a server that listens at a port.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
