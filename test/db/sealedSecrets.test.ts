import { describe, expect, test } from "vitest";
import { createApiKey, findApiKey, listApiKeys } from "../../lib/apps/apiKeys.ts";
import { createApp, findApp, findAppWithKey, updateApp } from "../../lib/apps/apps.ts";
import {
  createIntegration,
  findIntegration,
  listIntegrations,
  updateIntegration,
} from "../../lib/apps/integrations.ts";
import { apiKeyKey, appKey, integrationKey } from "../../lib/db/keys.ts";
import { getItems } from "../../lib/db/readItems.ts";
import { sealedSecrets } from "../../lib/db/sealedSecrets.ts";
import { defaultSettings } from "../../lib/model/app.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { freshId } from "../support/unique.ts";

const [key, another] = ["1", "2"].map((digit) => digit.repeat(64));

describe("a box of secrets", () => {
  test("opens what it sealed, for the same record alone", () => {
    const box = sealedSecrets(key);
    const sealed = box.seal("a secret ☂", "id");
    expect(sealed).toMatch(/^sealed:[A-Za-z0-9+/=]+$/);
    expect(box.open(sealed, "id")).toBe("a secret ☂");
    expect(() => box.open(sealed, "other")).toThrow();
    expect(() => sealedSecrets(another).open(sealed, "id")).toThrow();
    expect(() => box.open(`${sealed.slice(0, -8)}AAAAAAA=`, "id")).toThrow();
    expect(() => box.open("sealed:AAAA", "id")).toThrow();
    expect(box.open(box.seal("", "id"), "id")).toBe("");
  });

  test("seals the same secret in another way each time", () => {
    const box = sealedSecrets(key);
    expect(box.seal("a", "id")).not.toBe(box.seal("a", "id"));
  });

  test("reads what was stored in clear, and without a key leaves everything so", () => {
    expect(sealedSecrets(key).open("in clear", "id")).toBe("in clear");
    expect(sealedSecrets(undefined).seal("in clear", "id")).toBe("in clear");
    expect(sealedSecrets(undefined).open("in clear", "id")).toBe("in clear");
  });
});

describe("with a key, the table", () => {
  test("holds no secret of an app, an API key or an integration in clear, and everything is read and changed as before", async () => {
    const db = { ...(await newTable()), secrets: sealedSecrets(key) };
    const runtime = runtimeOf(db);
    const app = { id: freshId(), displayName: "App", settings: defaultSettings, metadata: {}, salt: "canary-salt" };
    await createApp(runtime, app);
    const apiKey = {
      id: `app_${freshId()}`,
      secret: "canary-key",
      scope: "app" as const,
      displayName: "Key",
      appId: app.id,
      integrationId: undefined,
    };
    await createApiKey(runtime, apiKey);
    const fields = { channelSecret: "canary-channel" };
    const integration = {
      id: freshId(),
      appId: app.id,
      type: "line",
      status: "active",
      displayName: "Line",
      fields,
    } as const;
    await createIntegration(runtime, integration);
    await updateIntegration(runtime, integration.id, (now) => ({
      ...now,
      fields: { ...now.fields, token: "canary-token" },
    }));
    await updateApp(runtime, app.id, (now) => ({ ...now, displayName: "Changed" }));
    const items = await getItems(db, [appKey(app.id), apiKeyKey(apiKey.id), integrationKey(integration.id)]);
    expect(items.every((item) => item !== undefined)).toBe(true);
    expect(JSON.stringify(items)).not.toContain("canary");
    expect(await findApp(runtime, app.id)).toEqual({ ...app, displayName: "Changed" });
    expect(await findAppWithKey(runtime, app.id, apiKey.id)).toEqual({
      app: { ...app, displayName: "Changed" },
      key: apiKey,
    });
    expect(await findApiKey(runtime, apiKey.id)).toEqual(apiKey);
    expect(await listApiKeys(runtime, { appId: app.id })).toEqual([apiKey]);
    const changed = { ...integration, fields: { ...fields, token: "canary-token" } };
    expect(await findIntegration(runtime, integration.id)).toEqual(changed);
    expect((await listIntegrations(runtime, app.id, undefined, { size: 1 })).records).toEqual([changed]);
  });
});
