import { channelAddress } from "../../lib/db/keys.ts";
import type { Client } from "../../lib/model/client.ts";
import { app } from "./storedUsers.ts";
import { freshId, uniqueNumber } from "./unique.ts";

/** Makes a client on LINE, of a person without another client. */
export const lineClient = (more: Partial<Client> = {}): Client => ({
  id: freshId(),
  type: "line",
  status: "active",
  integrationId: "line",
  externalId: `person ${uniqueNumber()}`,
  linkedAt: new Date().toISOString(),
  ...more,
});

/** Derives the address of a person's id on LINE. */
export const lineAddress = (externalId = ""): string => channelAddress(app.salt, "line", externalId);
