import { channelAddress, externalIdAddress } from "../../lib/db/keys.ts";
import { type Webhook, webhookLimit } from "../../lib/model/events/webhook.ts";
import { everyItem, type Item } from "./tableItems.ts";

interface Client {
  readonly id: string;
  readonly integrationId?: string;
  readonly externalId?: string;
  readonly aliases?: readonly string[];
}

/**
 * Lists the violations of the design's invariants in a table: a sentence each, which names the app. The remains of a
 * deleted app are allowed.
 */
export async function brokenInvariants(tableName: string): Promise<readonly string[]> {
  const items = await everyItem({ tableName });
  const broken: string[] = [];
  const table = new Reading(items);
  const bearers = new Map<string, string>();
  for (const item of items) {
    const [kind, first = "", id = ""] = String(item.pk).split("#");
    const appId = kind === "apps" ? item.id : (item.appId ?? first);
    const app = table.apps.get(appId);
    const expect = (holds: boolean, sentence: string) => {
      if (!holds) broken.push(`app ${appId}: ${sentence}`);
    };
    if (app) checkItem(item, { app, kind, id, table, bearers, expect });
  }
  return broken;
}

/** The context in which an item is checked. */
interface ItemContext {
  readonly app: Item;
  /** The kind of the item's partition, and the id that the partition names. */
  readonly kind: string | undefined;
  readonly id: string;
  readonly table: Reading;
  /** The ids of users by their identities, as far as they were read. */
  readonly bearers: Map<string, string>;
  readonly expect: (holds: boolean, sentence: string) => void;
}

function checkItem(item: Item, context: ItemContext): void {
  const { app, kind, table, expect } = context;
  if (kind === "key" || kind === "integration" || kind === "app") {
    checkConfiguration(item, context);
    return;
  }
  for (const other of namedApps(item, table.apps))
    expect(other === app.id, `${item.pk} ${item.sk} names the app ${other}`);
  if (kind === "apps") checkKeys(item.keyIds, context);
  else if (kind === "user") checkUserItem(item, context);
  else if (kind === "conversation") checkConversationItem(item, context);
  else if (kind === "webhooks") checkWebhooks(item, context);
}

function checkUserItem(item: Item, context: ItemContext): void {
  const { app, id, table, expect } = context;
  if (item.sk === "deletion")
    expect(table.standing(app.id, id)?.kind !== "user", `user ${id} is there, and being deleted`);
  else if (item.sk.startsWith("conversation#")) checkEntry(item, context);
  else if (item.kind === "user") checkUser(item, context);
  else if (item.kind === "redirect")
    expect(table.follow(app.id, id) !== undefined, `the redirect ${id} leads nowhere or in a circle`);
}

function checkConversationItem(item: Item, context: ItemContext): void {
  const { app, id, table, expect } = context;
  if (item.sk !== "conversation")
    expect(table.conversation(app.id, id) !== undefined, `message ${item.id} is in no conversation`);
  else if (!isDeleted(item)) checkConversation(item, context);
}

/** The table's items by their kinds. */
class Reading {
  readonly #at: ReadonlyMap<string, Item>;

  readonly #messages: ReadonlyMap<string, readonly Item[]>;

  readonly apps: ReadonlyMap<string, Item>;

  constructor(items: readonly Item[]) {
    this.#at = new Map(items.map((item) => [`${item.pk} ${item.sk}`, item]));
    this.#messages = Map.groupBy(
      items.filter((item) => String(item.sk).startsWith("message#")),
      (item) => item.pk as string,
    );
    this.apps = new Map(items.filter((item) => item.pk === "apps").map((item) => [item.id as string, item]));
  }

  at = (key: string): Item | undefined => this.#at.get(key);

  messages = (appId: string, conversationId: string): readonly Item[] =>
    this.#messages.get(`conversation#${appId}#${conversationId}`) ?? [];

  standing = (appId: string, userId: string): Item | undefined => this.#at.get(`user#${appId}#${userId} user`);

  conversation = (appId: string, id: string): Item | undefined => {
    const item = this.#at.get(`conversation#${appId}#${id} conversation`);
    return item && !isDeleted(item) ? item : undefined;
  };

  entry = (appId: string, userId: string, id: string): Item | undefined =>
    this.#at.get(`user#${appId}#${userId} conversation#${id}`);

  /** Finds the user or vacancy to which an address redirects. */
  follow(appId: string, address: string): Item | undefined {
    const met = new Set<string>();
    let standing = this.standing(appId, address);
    while (standing?.kind === "redirect") {
      if (met.has(standing.pk)) return undefined;
      met.add(standing.pk);
      standing = this.standing(appId, standing.userId);
    }
    return standing;
  }

  /** Tells whether a user's data is still moving, by its item, or that of the user into which it was merged. */
  isMoving(appId: string, userId: string): boolean {
    return this.follow(appId, userId)?.absorbing?.includes(userId) === true;
  }
}

/** Finds the ids of apps anywhere in an item, since ids have 24 digits. */
const namedApps = (item: Item, apps: ReadonlyMap<string, Item>): readonly string[] =>
  [...new Set(JSON.stringify(item).match(/[0-9a-f]{24}/g))].filter((id) => apps.has(id));

/** Tells whether an item is the remainder of a deleted conversation. */
const isDeleted = (item: Item): boolean => item.mergedInto === "";

function checkConfiguration(item: Item, context: ItemContext): void {
  const { app, table, expect } = context;
  if (item.sk === "key") {
    const owner = item.integrationId
      ? table.at(`integration#${item.integrationId} integration`)
      : table.at(`apps app#${app.id}`);
    expect(owner?.keyIds?.has(item.id) === true, `the key ${item.id} is on nobody's list`);
  } else if (item.sk === "integration") {
    const listed = table.at(`app#${app.id} integration#${item.id}`);
    expect(listed !== undefined, `the integration ${item.id} is not listed`);
    checkKeys(item.keyIds, context);
  } else {
    const integration = table.at(`integration#${item.id} integration`);
    expect(integration !== undefined, `the listed integration ${item.id} is gone`);
  }
}

function checkKeys(keyIds: Iterable<string> = [], { table, expect }: ItemContext): void {
  for (const keyId of keyIds) expect(table.at(`key#${keyId} key`) !== undefined, `the key ${keyId} is gone`);
}

function checkWebhooks(item: Item, { app, table, expect }: ItemContext): void {
  const webhooks: readonly Webhook[] = JSON.parse(item.webhooks);
  expect(webhooks.length <= webhookLimit, `there are ${webhooks.length} webhooks`);
  for (const { id, integrationId } of webhooks)
    expect(
      table.at(`integration#${integrationId} integration`)?.appId === app.id,
      `the webhook ${id} is of an integration that is gone`,
    );
}

/** Lists the identities of a user by name, each with its address. */
function* identitiesOf(item: Item, app: Item): Generator<readonly [name: string, address: string]> {
  if (item.externalId !== undefined)
    yield [
      `externalId ${item.externalId} of brand ${item.brandId}`,
      externalIdAddress(app.salt, item.externalId, item.brandId),
    ];
  for (const { integrationId, externalId, aliases = [] } of JSON.parse(item.clients ?? "[]") as Client[])
    for (const id of [externalId, ...aliases])
      if (id !== undefined && integrationId !== undefined)
        yield [`${id} of integration ${integrationId}`, channelAddress(app.salt, integrationId, id)];
}

function checkUser(item: Item, { app, id, table, bearers, expect }: ItemContext): void {
  const appId: string = app.id;
  for (const [name, address] of identitiesOf(item, app)) {
    const bearer = bearers.get(`${appId} ${name}`);
    expect(bearer === undefined, `both ${bearer} and ${id} have ${name}`);
    bearers.set(`${appId} ${name}`, id);
    const end = table.follow(appId, address);
    const own = table.standing(appId, id);
    const led = end?.heir && end !== own ? table.follow(appId, end.heir.userId) : end;
    expect(led !== undefined && led === own, `${name} is ${id}'s, and its address leads to ${led?.pk}`);
  }
  if (item.defaultConversationId === undefined) return;
  const first = table.conversation(appId, item.defaultConversationId);
  expect(first !== undefined, `the default conversation of user ${id} does not exist`);
  expect(first?.mergedInto === undefined, `the default conversation of user ${id} was merged into another`);
  expect(first?.participants[id] !== undefined, `the default conversation of user ${id} does not list the user`);
  expect(first?.isDefault === true, `the default conversation of user ${id} is not marked so`);
}

function checkEntry(item: Item, { app, id: userId, table, expect }: ItemContext): void {
  const appId: string = app.id;
  if (table.isMoving(appId, userId)) return;
  const conversation = table.conversation(appId, item.id);
  expect(conversation !== undefined, `user ${userId} is listed in ${item.id}, which does not exist`);
  expect(conversation?.participants[userId] !== undefined, `user ${userId} is listed in ${item.id}, but not there`);
}

function checkConversation(item: Item, { table, expect }: ItemContext): void {
  const { appId, id } = item;
  // What remains for a day once everything is moved.
  if (item.mergedInto !== undefined && item.expiresAt !== undefined) return;
  if (item.mergedInto !== undefined) {
    const into = table.conversation(appId, item.mergedInto);
    expect(
      into?.absorbing?.has(id) === true,
      `conversation ${id} was merged into ${item.mergedInto}, which does not know`,
    );
    return;
  }
  for (const userId of Object.keys(item.participants)) {
    if (table.isMoving(appId, userId)) continue;
    const user = table.standing(appId, userId);
    expect(user?.kind === "user", `participant ${userId} of ${id} is no user`);
    const listed = user?.defaultConversationId === id || table.entry(appId, userId, id) !== undefined;
    expect(listed, `conversation ${id} is not listed under its participant ${userId}`);
    const shown = item.participants[userId].userExternalId;
    expect(
      shown === user?.externalId,
      `participant ${userId} of ${id} goes by ${shown}, the user by ${user?.externalId}`,
    );
  }
  const messages = [id, ...(item.absorbing ?? [])].flatMap((one) => table.messages(appId, one));
  expect(new Set(messages.map((one) => one.sk)).size === messages.length, `conversation ${id} has a message twice`);
  expect(
    item.messageCount === messages.length,
    `conversation ${id} counts ${item.messageCount} messages and has ${messages.length}`,
  );
}
