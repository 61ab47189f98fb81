import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../lib/domain/app.ts";
import { apiKeyStore } from "../../lib/store/apiKeys.ts";
import { appStore } from "../../lib/store/apps.ts";
import { integrationStore } from "../../lib/store/integrations.ts";
import { apiKeyKey, appKey, integrationKey } from "../../lib/store/keys.ts";
import { sealedSecrets } from "../../lib/store/sealedSecrets.ts";
import { newTable } from "../support/newTable.ts";
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
    const table = await newTable();
    const box = sealedSecrets(key);
    const [apps, keys, integrations] = [appStore(table, box), apiKeyStore(table, box), integrationStore(table, box)];
    const app = { id: freshId(), displayName: "App", settings: defaultSettings, metadata: {}, salt: "canary-salt" };
    await apps.create(app);
    const apiKey = {
      id: `app_${freshId()}`,
      secret: "canary-key",
      scope: "app" as const,
      displayName: "Key",
      appId: app.id,
      integrationId: undefined,
    };
    await keys.create(apiKey);
    const fields = { channelSecret: "canary-channel" };
    const integration = {
      id: freshId(),
      appId: app.id,
      type: "line",
      status: "active",
      displayName: "Line",
      fields,
    } as const;
    await integrations.create(integration);
    await integrations.update(integration.id, (now) => ({ ...now, fields: { ...now.fields, token: "canary-token" } }));
    await apps.update(app.id, (now) => ({ ...now, displayName: "Changed" }));
    const items = await table.getAll([appKey(app.id), apiKeyKey(apiKey.id), integrationKey(integration.id)]);
    expect(items.every((item) => item !== undefined)).toBe(true);
    expect(JSON.stringify(items)).not.toContain("canary");
    expect(await apps.find(app.id)).toEqual({ ...app, displayName: "Changed" });
    expect(await apps.findWithKey(app.id, apiKey.id)).toEqual({ app: { ...app, displayName: "Changed" }, key: apiKey });
    expect(await keys.find(apiKey.id)).toEqual(apiKey);
    expect(await keys.list({ appId: app.id })).toEqual([apiKey]);
    const changed = { ...integration, fields: { ...fields, token: "canary-token" } };
    expect(await integrations.find(integration.id)).toEqual(changed);
    expect((await integrations.list(app.id, undefined, { size: 1 })).records).toEqual([changed]);
  });
});
