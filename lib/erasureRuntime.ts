import { runtime as rest } from "./runtime.ts";
import { deleteApp } from "./store/appDeletion.ts";
import { erasureStore } from "./store/erasures.ts";

/** What the Lambdas that delete people need, one by one or with their app. */
export const runtime = {
  ...rest,
  erasures: erasureStore(rest.table, rest.users, rest.merges),
  deleteApp: (appId: string, now: Date) => deleteApp(rest.table, appId, now),
};
