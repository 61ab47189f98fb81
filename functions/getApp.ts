import { publicApp } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { restRuntime } from "../lib/runtime.ts";

export const handler = appOperation("getApp", undefined, restRuntime, async ({ app }) => ({
  status: 200,
  body: { app: publicApp(app) },
}));
