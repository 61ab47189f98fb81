import { publicApp } from "../lib/domain/app.ts";
import { accountOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

export const handler = accountOperation("listApps", undefined, runtime, async ({ page, listed }, { apps }) =>
  listed("apps", await apps.list(page()), (app) => app.id, publicApp),
);
