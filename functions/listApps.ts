import { publicApp } from "../lib/domain/app.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { accountOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

export const handler = accountOperation("listApps", undefined, runtime, async ({ page, listed, query }, { apps }) => {
  // There are no service accounts, so nobody's credentials are one's.
  if (query.has("filter[serviceAccountId]"))
    throw refuse.forbidden("The serviceAccountId provided does not match supplied credentials");
  return listed("apps", await apps.list(page()), (app) => app.id, publicApp);
});
