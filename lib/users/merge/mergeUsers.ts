import { findOpenConversation } from "../../conversations/findConversation.ts";
import { readAddressRecord, replaceUser } from "../../db/items/userItem.ts";
import { userKey } from "../../db/keys.ts";
import { getItems } from "../../db/readItems.ts";
import { type Conflict, conflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import { transact } from "../../db/transact.ts";
import type { App } from "../../model/app.ts";
import type { StoredUser } from "../../model/user.ts";
import { finishPendingMoves } from "./finishPendingMoves.ts";
import { identitiesToMove, type Merge, type MergeRecords, planMerge } from "./planMerge.ts";

/**
 * Merges an anonymous user into another. One transaction decides it: the survivor takes over, the discarded id becomes
 * a redirect, which ends its sessions, and every channel identity names the survivor. Unbounded data (messages, further
 * conversations) moves afterwards, and the survivor records it until it is done.
 * @returns `conflict` if either user changed since it was read
 * @throws ApiError `bad_request` for a discarded user with more channel identities than one transaction assigns
 */
export async function mergeUsers(runtime: Pick<Runtime, "db">, app: App, merge: Merge): Promise<StoredUser | Conflict> {
  const { survivor, discarded, alongside = () => [] } = merge;
  const held = identitiesToMove(app, discarded);
  const plan = planMerge(app, merge, held, await readForMerge(runtime, app, merge, held));
  const replacing = replaceUser(plan.user, { ...survivor, identityOwner: plan.identityOwner }, "merge");
  const written = await transact(runtime.db, {
    survivor: replacing,
    discarded: plan.discarded,
    conversations: plan.conversations,
    identities: plan.identities,
    alongside: alongside(plan.user),
  });
  if (!written.done) return conflict;
  const { identityOwner, user } = plan;
  return finishPendingMoves(runtime, app, { user, version: replacing.put.version, identityOwner });
}

async function readForMerge(
  runtime: Pick<Runtime, "db">,
  app: App,
  { survivor, discarded }: Merge,
  held: ReadonlyMap<string, string>,
): Promise<MergeRecords> {
  const addresses = [...held.keys()].filter((address) => address !== discarded.user.id);
  const [items, kept, moved] = await Promise.all([
    getItems(
      runtime.db,
      addresses.map((address) => userKey(app.id, address)),
    ),
    findOpenConversation(runtime, app.id, survivor.user.defaultConversationId),
    findOpenConversation(runtime, app.id, discarded.user.defaultConversationId),
  ]);
  const identities = new Map(
    addresses.map((address, index) => {
      const item = items[index];
      return [address, item && readAddressRecord(item)];
    }),
  );
  return { identities, kept, moved };
}
