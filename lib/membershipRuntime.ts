import { runtime as rest } from "./runtime.ts";
import { membershipStore } from "./store/memberships.ts";

/** What the Lambdas need that start conversations, change who is in them, and delete them. */
export const runtime = { ...rest, memberships: membershipStore(rest.table) };
