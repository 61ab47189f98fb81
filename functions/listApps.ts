import { listApps } from "../lib/apps/apps.ts";
import { publicApp } from "../lib/http/answers/rest.ts";
import { accountOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";

export const handler = accountOperation(
  "listApps",
  undefined,
  restRuntime,
  async ({ page, listed, query }, runtime) => {
    // There are no service accounts, so no credentials belong to one.
    if (query.has("filter[serviceAccountId]"))
      throw apiError.forbidden("The serviceAccountId provided does not match supplied credentials");
    return listed("apps", await listApps(runtime, page()), publicApp);
  },
);
