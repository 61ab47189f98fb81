import { runtime as rest } from "./runtime.ts";
import { erasureStore } from "./store/erasures.ts";

/** What the Lambdas that delete people need. */
export const runtime = { ...rest, erasures: erasureStore(rest.table, rest.users, rest.merges) };
