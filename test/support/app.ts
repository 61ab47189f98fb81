import { type App, defaultSettings } from "../../lib/model/app.ts";

/** The app of records that a test stores by itself. */
export const app: App = {
  id: "a".repeat(24),
  displayName: "App",
  settings: defaultSettings,
  metadata: {},
  salt: "salt",
};
