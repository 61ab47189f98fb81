import { expect, test } from "vitest";
import { packDevices, unpackDevices } from "../../../lib/db/items/deviceList.ts";
import type { Device } from "../../../lib/model/client.ts";

const device: Device = {
  id: "device",
  type: "web",
  guid: "guid",
  clientId: "client",
  status: "active",
  integrationId: "web",
  lastSeen: "2026-01-01T00:00:00.000Z",
  info: { browserLanguage: "en-US" },
};

test("devices that any version has stored are read", () => {
  const stored = Buffer.from("g6UJSNZCpAyUlACmUFIDhElU/ENMIi4JwCIVl3dra2MB", "base64");
  expect(unpackDevices(stored)).toEqual([device]);
});

test("devices are stored in a fifth of their length, and none at all in nothing", () => {
  const stored = packDevices([device]);
  expect(unpackDevices(stored)).toEqual([device]);
  expect((stored?.length ?? 0) * 5).toBeLessThan(JSON.stringify([device]).length);
  expect(packDevices([])).toBeUndefined();
  expect(unpackDevices(undefined)).toEqual([]);
});
