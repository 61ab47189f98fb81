import { describe, expect, test } from "vitest";
import { webhookTriggers } from "../../lib/model/events/webhook.ts";
import { newStage } from "../support/stage.ts";
import { newWebhook, startToldServer } from "../support/startToldServer.ts";

const { server, publish } = await startToldServer();

/** Lets a person that each app knows by the same names write, be answered, merged and deleted. */
async function live(text: string) {
  const stage = await newStage(server);
  const webhook = await newWebhook(stage.app, { triggers: webhookTriggers, includeFullUser: true });
  const externalId = "ada@example.com";
  const user = await stage.user({ externalId });
  await stage.say(await stage.conversation(user.id), text);
  await stage.write(4711, 1, text);
  await stage.login(externalId, await stage.born(text));
  await stage.app.api.delete(`${stage.rest}/users/${user.id}`);
  return { app: stage.app, webhook, text };
}

describe("two apps that know a person by the same externalId and the same channel identity", () => {
  test("hear each of its own events alone, also at webhooks with one target", async () => {
    const apps = await Promise.all([live("text of one app"), live("text of another app")]);
    const deliveries = await publish();
    for (const [index, { app, webhook, text }] of apps.entries()) {
      const heard = deliveries.filter(({ webhookId }) => webhookId === webhook.id);
      const other = apps[1 - index];
      expect(new Set(heard.map(({ event }) => event.type))).toEqual(
        new Set([
          "conversation:create",
          "conversation:message",
          "user:merge",
          "user:update",
          "user:remove",
          "conversation:remove",
        ]),
      );
      expect(heard.filter(({ appId }) => appId !== app.id)).toEqual([]);
      expect(JSON.stringify(heard)).toContain(text);
      expect(JSON.stringify(heard)).not.toContain(other?.text);
      expect(JSON.stringify(heard)).not.toContain(other?.app.id);
    }
    expect(new Set(deliveries.map(({ webhookId }) => webhookId)).size).toBe(2);
    const ids = apps.map(({ app }) => deliveries.filter(({ appId }) => appId === app.id).map(({ event }) => event.id));
    expect(ids[0]?.filter((id) => ids[1]?.includes(id))).toEqual([]);
  });
});
