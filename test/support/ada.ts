import type { Client, Device } from "../../lib/model/client.ts";
import { newUser, type User } from "../../lib/model/user.ts";

/** A user with every field, and what it is made of. */
export const now = new Date("2026-01-01T00:00:00.000Z");
export const profile = {
  givenName: "Ada",
  surname: "Lovelace",
  email: "ada@example.com",
  avatarUrl: "https://example.com/ada.png",
  locale: "en-GB",
};
export const fields = {
  externalId: "ada",
  brandId: "brand",
  signedUpAt: "2025-01-01T00:00:00.000Z",
  toBeRetained: true,
};
export const client: Client = {
  id: "client",
  type: "line",
  status: "active",
  integrationId: "line",
  externalId: "1",
  linkedAt: now.toISOString(),
  lastSeen: now.toISOString(),
  displayName: "Ada",
  avatarUrl: "https://example.com/ada.png",
  info: { a: 1 },
  raw: { b: 1 },
  aliases: ["2"],
  conversationId: "conversation",
};
export const device: Device = {
  id: "device",
  type: "web",
  guid: "guid",
  clientId: "sdk",
  status: "active",
  integrationId: "web",
  lastSeen: now.toISOString(),
  info: { os: "Linux" },
  appVersion: "1",
  pushNotificationToken: "push",
  sessions: ["hash"],
};
export const ada: User = {
  ...newUser("app", "1", now, { ...fields, profile, metadata: { a: 1, b: 1 } }),
  identities: [{ type: "email", value: "ada@example.com", verification: "embed" }],
  clients: [client],
  devices: [device],
};
