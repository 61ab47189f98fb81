import type { Db, Item } from "../db/db.ts";
import { absent, type Condition, equals, missing } from "../db/expression.ts";
import { deletedAppKey, webhooksKey } from "../db/keys.ts";
import { getItems } from "../db/readItems.ts";
import type { Runtime } from "../db/runtime.ts";
import type { Operation } from "../db/transact.ts";
import type { Webhook } from "../model/events/webhook.ts";

/** The webhooks of an app, and the version of their item, which a replacement requires; 0 if there is none yet. */
export interface StoredWebhooks {
  readonly webhooks: readonly Webhook[];
  readonly version: number;
}

/** Reads an app's webhooks from their item. They are sealed, since their secrets sign what is sent. */
export const readWebhooks = ({ secrets }: Db, appId: string, item: Item | undefined): StoredWebhooks =>
  item === undefined ? { webhooks: [], version: 0 } : { ...opened(secrets, appId, item), version: item.version };

const opened = ({ open }: Db["secrets"], appId: string, item: Item): { readonly webhooks: readonly Webhook[] } => ({
  webhooks: JSON.parse(open(item.webhooks, appId)),
});

/**
 * Makes the write that replaces an app's webhooks, unless they were changed since they were read. An empty list is
 * kept, so that no version comes twice.
 */
export const replacement = (
  { secrets }: Db,
  appId: string,
  stored: StoredWebhooks,
  webhooks: readonly Webhook[],
): Extract<Operation, { put: Item }> => ({
  put: {
    ...webhooksKey(appId),
    webhooks: secrets.seal(JSON.stringify(webhooks), appId),
    version: stored.version + 1,
  },
  condition: stored.version === 0 ? absent : equals("version", stored.version),
});

/**
 * The item of an app or integration notes no other webhooks than it did when it was read: the version of the webhooks'
 * item at the last creation of one.
 */
export const notesWebhooks = (read: Item): Condition =>
  read.webhooksVersion === undefined ? missing("webhooksVersion") : equals("webhooksVersion", read.webhooksVersion);

/** The webhooks that an app has, or had when it was deleted. */
export interface FoundWebhooks {
  readonly webhooks: readonly Webhook[];
  /** The time of the app's deletion: what was committed before it is still delivered. */
  readonly deletedAt?: string;
}

/** Number of items that one read finds. */
const atOnce = 100;

/**
 * Finds the webhooks of apps; an app without any is left out. They are read anew each time, so that a webhook that was
 * just created hears of the next message.
 */
export async function findWebhooks(
  { db }: Pick<Runtime, "db">,
  appIds: readonly string[],
): Promise<ReadonlyMap<string, FoundWebhooks>> {
  const found = new Map<string, FoundWebhooks>();
  const ids = [...new Set(appIds)];
  for (let from = 0; from < ids.length; from += atOnce)
    for (const [appId, webhooks] of await findSome(db, ids.slice(from, from + atOnce)))
      if (webhooks.webhooks.length > 0) found.set(appId, webhooks);
  return found;
}

async function findSome(
  db: Db,
  appIds: readonly string[],
): Promise<readonly (readonly [appId: string, FoundWebhooks])[]> {
  const items = await getItems(db, appIds.map(webhooksKey));
  const existing = appIds.flatMap((appId, index) => {
    const item = items[index];
    return item === undefined ? [] : [[appId, opened(db.secrets, appId, item)] as const];
  });
  // Only afterwards, since a deletion between the two reads moves the webhooks from one item to the other.
  const others = appIds.filter((_, index) => items[index] === undefined);
  const deletions = await getItems(db, others.map(deletedAppKey));
  const deleted = deletions.flatMap((deletion, index) => {
    const appId = others[index];
    if (deletion?.webhooks === undefined || appId === undefined) return [];
    return [[appId, { ...opened(db.secrets, appId, deletion), deletedAt: deletion.deletedAt as string }] as const];
  });
  return [...existing, ...deleted];
}
