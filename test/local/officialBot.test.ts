import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { caller } from "../support/caller.ts";
import { startLocal } from "../support/startLocal.ts";

const botFile = fileURLToPath(new URL("../support/bot.cjs", import.meta.url));

test("a bot of the official client registers its webhook, hears what a person writes on a channel, and answers", async () => {
  const directory = mkdtempSync(join(tmpdir(), "sunroom-"));
  const local = await startLocal(directory);
  const [, url = ""] = /ready at (\S+)/.exec(local.stdout()) ?? [];
  const [, id = ""] = /key id\s+(\S+)/.exec(local.stdout()) ?? [];
  const [, secret = ""] = /key secret\s+(\S+)/.exec(local.stdout()) ?? [];
  const account = caller(url, { id, secret });
  const { app } = (await account.post<{ app: { id: string } }>("/v2/apps", { displayName: "Bot" })).body;
  const integrations = `/v2/apps/${app.id}/integrations`;
  type Created = { integration: { id: string; webhookUrl: string; secretToken: string } };
  const custom = (await account.post<Created>(integrations, { type: "custom", displayName: "Bot" })).body.integration;
  const telegram = (await account.post<Created>(integrations, { type: "telegram", token: "1:token" })).body.integration;
  const { key } = (
    await account.post<{ key: { id: string; secret: string } }>(`${integrations}/${custom.id}/keys`, {
      displayName: "Bot",
    })
  ).body;
  const env = { ...process.env, BASE_URL: url, APP_ID: app.id, KEY_ID: key.id, KEY_SECRET: key.secret };
  const bot = spawn(process.execPath, [botFile], { env, stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(bot.stdout, "data");
    await fetch(telegram.webhookUrl, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-telegram-bot-api-secret-token": telegram.secretToken,
      },
      body: JSON.stringify({
        update_id: 1,
        message: {
          message_id: 1,
          from: { id: 15550100, is_bot: false, first_name: "Ada" },
          chat: { id: 15550100, type: "private", first_name: "Ada" },
          date: 1_790_000_000,
          text: "Hi",
        },
      }),
    });
    const conversationId = String((await once(bot.stdout, "data"))[0]).trim();
    const messages = `/v2/apps/${app.id}/conversations/${conversationId}/messages`;
    const { body } = await account.get<{ messages: { content: { text: string } }[] }>(messages);
    expect(body.messages.map(({ content }) => content.text)).toEqual(["Hi", "Ada said: Hi"]);
  } finally {
    bot.kill();
    local.kill("SIGTERM");
    await local.exited;
    rmSync(directory, { recursive: true });
  }
});
