import { publicApp } from "../lib/domain/app.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

export const handler = appOperation("getApp", undefined, runtime, async ({ app }) => ({
  status: 200,
  body: { app: publicApp(app) },
}));
