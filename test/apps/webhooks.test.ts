import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp, deleteApp } from "../../lib/apps/apps.ts";
import {
  createIntegration,
  deleteIntegration,
  findIntegration,
  updateIntegration,
  updateWithWebhooks,
} from "../../lib/apps/integrations.ts";
import { changeCalledWebhook, createWebhook } from "../../lib/apps/integrationWebhooks.ts";
import { findWebhooks } from "../../lib/apps/webhooks.ts";
import type { Db } from "../../lib/db/db.ts";
import { appKey, deletedAppKey, webhooksKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import { sealedSecrets } from "../../lib/db/sealedSecrets.ts";
import { deleteItem } from "../../lib/db/writeItems.ts";
import { type App, defaultSettings } from "../../lib/model/app.ts";
import { newWebhook, type Webhook, webhookLimit } from "../../lib/model/events/webhook.ts";
import { intercept } from "../support/intercept.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { freshId } from "../support/unique.ts";

let db: Db;
let runtime: Runtime;
beforeAll(async () => {
  db = { ...(await newTable()), secrets: sealedSecrets(randomBytes(32).toString("hex")) };
  runtime = runtimeOf(db);
});

const now = new Date();

async function newApp(): Promise<App> {
  const app = { id: freshId(), displayName: "App", settings: defaultSettings, metadata: {}, salt: "salt" };
  await createApp(runtime, app);
  return app;
}
const integrationOf = ({ id }: App) => ({
  id: freshId(),
  appId: id,
  type: "custom" as const,
  status: "active" as const,
  fields: {},
});
const webhookOf = (integrationId: string): Webhook =>
  newWebhook(
    { id: freshId(), integrationId },
    { target: "https://example.org/", triggers: ["conversation:message"] },
    now,
  );
/** Makes an app with a custom integration and a webhook of it. */
async function newHearing() {
  const app = await newApp();
  const integration = integrationOf(app);
  const webhook = webhookOf(integration.id);
  expect(await createIntegration(runtime, integration, webhook)).toBe("created");
  return { app, integration, webhook };
}
const callOf = (app: App, { id, integrationId }: Webhook) => ({
  app,
  key: { id: "app_1", secret: "s", scope: "app" as const, displayName: "Key", appId: app.id },
  params: { integrationId, webhookId: id },
});

/** A runtime in whose first call of this name something else happens first. */
function beforeThe(call: string, act: () => Promise<unknown>): Runtime {
  let meanwhile: (() => Promise<unknown>) | undefined = act;
  return runtimeOf(
    intercept(db, async ({ name }, send) => {
      const other = name === call ? meanwhile : undefined;
      if (other) meanwhile = undefined;
      await other?.();
      return send();
    }),
  );
}

describe("findWebhooks", () => {
  test("finds the webhooks of each app that has any, in one read", async () => {
    const [one, two, bare] = [await newHearing(), await newHearing(), await newApp()];
    const calls: string[] = [];
    const watched = runtimeOf(
      intercept(db, ({ name }, send) => {
        calls.push(name);
        return send();
      }),
    );
    const found = await findWebhooks(watched, [one.app.id, two.app.id, one.app.id]);
    expect(Object.fromEntries(found)).toEqual({
      [one.app.id]: { webhooks: [one.webhook] },
      [two.app.id]: { webhooks: [two.webhook] },
    });
    expect(calls).toEqual(["BatchGetItem"]);
    expect(await findWebhooks(runtime, [bare.id, "none"])).toEqual(new Map());
    expect(await findWebhooks(runtime, [])).toEqual(new Map());
  });

  test("takes more apps than one read can have, each once", async () => {
    const { app, webhook } = await newHearing();
    const ids = [...Array.from({ length: 230 }, freshId), app.id];
    expect(await findWebhooks(runtime, [...ids, ...ids])).toEqual(new Map([[app.id, { webhooks: [webhook] }]]));
  });

  test("finds them in the record of the app's deletion, also where that is done at the same time", async () => {
    const { app, webhook } = await newHearing();
    const late = beforeThe("GetItem", () => deleteApp(runtime, app.id, now));
    const moved = new Map([[app.id, { webhooks: [webhook], deletedAt: now.toISOString() }]]);
    expect(await findWebhooks(late, [app.id])).toEqual(moved);
    expect(await findWebhooks(runtime, [app.id, "none"])).toEqual(moved);
    expect(await getItem(db, webhooksKey(app.id))).toBeUndefined();
  });

  test("finds none of an app whose last webhook was deleted", async () => {
    const { app, webhook } = await newHearing();
    expect(await changeCalledWebhook(runtime, callOf(app, webhook), () => "removed")).toEqual(webhook);
    expect(await findWebhooks(runtime, [app.id])).toEqual(new Map());
    await deleteApp(runtime, app.id, now);
    expect(await findWebhooks(runtime, [app.id])).toEqual(new Map());
  });
});

describe("webhooks in the table", () => {
  test("stand encrypted, beside the app and after its deletion", async () => {
    const { app, webhook } = await newHearing();
    const shown = async (key: Parameters<typeof getItem>[1]) => JSON.stringify(await getItem(db, key));
    expect(await shown(webhooksKey(app.id))).toMatch(/"webhooks":"sealed:/);
    expect(await shown(webhooksKey(app.id))).not.toContain(webhook.secret);
    await deleteApp(runtime, app.id, now);
    expect(await shown(deletedAppKey(app.id))).toMatch(/"webhooks":"sealed:/);
    expect(await shown(deletedAppKey(app.id))).not.toContain(webhook.secret);
  });

  test("are those of one app: what was sealed for another opens nothing", async () => {
    const { app } = await newHearing();
    const item = await getItem(db, webhooksKey(app.id));
    expect(() => db.secrets.open(item?.webhooks, freshId())).toThrow();
  });
});

describe("a webhook", () => {
  test("is not made of an integration that is no more, or of another app's", async () => {
    const [{ app, integration }, other] = [await newHearing(), await newHearing()];
    expect(await createWebhook(runtime, app.id, webhookOf(other.integration.id))).toBe("no integration");
    await deleteIntegration(runtime, app.id, integration.id);
    expect(await createWebhook(runtime, app.id, webhookOf(integration.id))).toBe("no integration");
    expect(await findWebhooks(runtime, [app.id])).toEqual(new Map());
  });

  test("is not made with an integration where there is no place for it, or no app any more", async () => {
    const { app, integration } = await newHearing();
    while ((await createWebhook(runtime, app.id, webhookOf(integration.id))) === "created");
    expect((await findWebhooks(runtime, [app.id])).get(app.id)?.webhooks).toHaveLength(webhookLimit);
    const next = integrationOf(app);
    expect(await createIntegration(runtime, next, webhookOf(next.id))).toBe("too many webhooks");
    await deleteApp(runtime, app.id, now);
    expect(await createIntegration(runtime, next, webhookOf(next.id))).toBe("no app");
  });

  test("that is made with an integration gets the place that another took meanwhile only if there is one more", async () => {
    const { app, integration, webhook } = await newHearing();
    const [next, taken] = [integrationOf(app), webhookOf(integration.id)];
    const own = webhookOf(next.id);
    const late = beforeThe("TransactWriteItems", () => createWebhook(runtime, app.id, taken));
    expect(await createIntegration(late, next, own)).toBe("created");
    expect((await findWebhooks(runtime, [app.id])).get(app.id)?.webhooks).toEqual([webhook, taken, own]);
  });

  test("is changed as it stands, also where another is made or it is deleted meanwhile", async () => {
    const { app, integration, webhook } = await newHearing();
    const other = webhookOf(integration.id);
    const full = (now: Webhook) => ({ ...now, includeFullUser: true });
    const late = beforeThe("TransactWriteItems", () => createWebhook(runtime, app.id, other));
    const changed = { ...webhook, includeFullUser: true };
    expect(await changeCalledWebhook(late, callOf(app, webhook), full)).toEqual(changed);
    expect((await findWebhooks(runtime, [app.id])).get(app.id)?.webhooks).toEqual([changed, other]);
    const gone = beforeThe("TransactWriteItems", () =>
      changeCalledWebhook(runtime, callOf(app, webhook), () => "removed"),
    );
    await expect(changeCalledWebhook(gone, callOf(app, webhook), full)).rejects.toMatchObject({ code: "not_found" });
    expect((await findWebhooks(runtime, [app.id])).get(app.id)?.webhooks).toEqual([other]);
  });

  test("is changed or made with its integration as both stand, and with none that is gone", async () => {
    const [renamed, full] = [{ displayName: "Renamed" }, { includeFullUser: true }];
    type Hearing = Awaited<ReturnType<typeof newHearing>>;
    const made = (hearing: Hearing) => webhookOf(hearing.integration.id);
    const update = (late: Runtime, { integration }: Hearing, more: readonly Webhook[]) =>
      updateWithWebhooks(
        late,
        integration,
        (now) => ({ ...now, ...renamed }),
        (webhooks) => [...webhooks.map((webhook) => ({ ...webhook, ...full })), ...more],
      );
    const webhooksOf = async ({ app }: Hearing) => (await findWebhooks(runtime, [app.id])).get(app.id)?.webhooks;

    const one = await newHearing();
    const [own, other] = [made(one), made(one)];
    const meanwhile = beforeThe("TransactWriteItems", async () => {
      await createWebhook(runtime, one.app.id, other);
      await updateIntegration(runtime, one.integration.id, (now) => ({ ...now, fields: { a: 1 } }));
    });
    const changed = { ...one.integration, ...renamed, fields: { a: 1 } };
    expect(await update(meanwhile, one, [own])).toEqual(changed);
    expect(await findIntegration(runtime, one.integration.id)).toEqual(changed);
    expect(await webhooksOf(one)).toEqual([{ ...one.webhook, ...full }, { ...other, ...full }, own]);

    for (const more of [0, 1]) {
      const two = await newHearing();
      const { app, integration } = two;
      const gone = beforeThe("TransactWriteItems", () => deleteIntegration(runtime, app.id, integration.id));
      const last = Array.from({ length: more }, () => made(two));
      expect(await update(gone, two, last)).toBeUndefined();
      expect(await update(runtime, two, last)).toBeUndefined();
      expect(await webhooksOf(two)).toBeUndefined();
    }
    const three = await newHearing();
    // As in the midst of its deletion.
    const deleted = beforeThe("TransactWriteItems", () => deleteItem(db, appKey(three.app.id)));
    expect(await update(deleted, three, [made(three)])).toBeUndefined();
    expect(await webhooksOf(three)).toEqual([three.webhook]);
    expect(await findIntegration(runtime, three.integration.id)).toEqual(three.integration);
  });

  test("that is made with an update of its first integration is deleted with it", async () => {
    const app = await newApp();
    const integration = integrationOf(app);
    await createIntegration(runtime, integration);
    const webhook = webhookOf(integration.id);
    const add = () =>
      updateWithWebhooks(
        runtime,
        integration,
        (now) => now,
        (now) => [...now, webhook],
      );
    const late = beforeThe("TransactWriteItems", add);
    expect(await deleteIntegration(late, app.id, integration.id)).toEqual([]);
    expect(await findWebhooks(runtime, [app.id])).toEqual(new Map());
  });

  test("is deleted with its integration, though another's is changed meanwhile", async () => {
    const { app, webhook } = await newHearing();
    const second = integrationOf(app);
    await createIntegration(runtime, second, webhookOf(second.id));
    const changed = { ...webhook, includeFullSource: true };
    const late = beforeThe("TransactWriteItems", () =>
      changeCalledWebhook(runtime, callOf(app, webhook), () => changed),
    );
    expect(await deleteIntegration(late, app.id, second.id)).toEqual([]);
    expect((await findWebhooks(runtime, [app.id])).get(app.id)?.webhooks).toEqual([changed]);
  });

  test("that is changed while its app is deleted goes with the app as it is then", async () => {
    const { app, webhook } = await newHearing();
    const changed = { ...webhook, target: "https://example.org/2" };
    const late = beforeThe("TransactWriteItems", () =>
      changeCalledWebhook(runtime, callOf(app, webhook), () => changed),
    );
    await deleteApp(late, app.id, now);
    expect((await findWebhooks(runtime, [app.id])).get(app.id)).toEqual({
      webhooks: [changed],
      deletedAt: now.toISOString(),
    });
  });
});
