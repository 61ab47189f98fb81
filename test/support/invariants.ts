import { channelAddress, externalIdAddress } from "../../lib/store/keys.ts";
import { everyItem, type Item } from "./tableItems.ts";

interface Client {
  readonly id: string;
  readonly integrationId?: string;
  readonly externalId?: string;
  readonly aliases?: readonly string[];
}

/**
 * What a table holds that breaks an invariant of the design: a sentence each, which names the app. What is left of a
 * deleted app is nobody's to see, and passes.
 */
export async function brokenInvariants(tableName: string): Promise<readonly string[]> {
  const items = await everyItem({ tableName });
  const broken: string[] = [];
  const at = new Map(items.map((item) => [`${item.pk} ${item.sk}`, item]));
  const apps = new Map(items.filter((item) => item.pk === "apps").map((item) => [item.id as string, item]));
  const expect = (appId: string, holds: boolean, sentence: string) => {
    if (!holds) broken.push(`app ${appId}: ${sentence}`);
  };
  const messages = Map.groupBy(
    items.filter((item) => String(item.sk).startsWith("message#")),
    (item) => item.pk as string,
  );
  const table = new Reading(at, messages);

  const bearers = new Map<string, string>();
  for (const item of items) {
    const [kind, first = "", second = ""] = String(item.pk).split("#");
    const appId = kind === "apps" ? item.id : (item.appId ?? first);
    if (kind === "key" || kind === "integration" || kind === "app") {
      if (apps.has(appId)) checkConfiguration(item, appId, at, expect);
      continue;
    }
    const app = apps.get(appId);
    if (!app) continue;
    for (const other of namedApps(item, apps))
      expect(appId, other === appId, `${item.pk} ${item.sk} names the app ${other}`);
    if (kind === "apps") {
      for (const keyId of item.keyIds ?? []) expect(appId, at.has(`key#${keyId} key`), `its key ${keyId} is gone`);
    } else if (kind === "user" && item.sk === "user") {
      if (item.kind === "user") checkUser(item, app, second, table, bearers, expect);
      else if (item.kind === "redirect") {
        const end = table.follow(appId, second);
        expect(appId, end !== undefined, `the redirect ${second} leads nowhere or in a circle`);
      }
    } else if (kind === "user" && item.sk === "deletion")
      expect(appId, table.standing(appId, second)?.kind !== "user", `user ${second} is there, and being deleted`);
    else if (kind === "user") checkEntry(item, appId, second, table, expect);
    else if (kind === "conversation" && item.sk === "conversation") {
      if (!isDeleted(item)) checkConversation(item, table, expect);
    } else if (kind === "conversation")
      expect(appId, table.conversation(appId, second) !== undefined, `message ${item.id} is in no conversation`);
  }
  return broken;
}

type Expect = (appId: string, holds: boolean, sentence: string) => void;

/** The table's items by what they are. */
class Reading {
  readonly #at: ReadonlyMap<string, Item>;

  readonly #messages: ReadonlyMap<string, readonly Item[]>;

  constructor(at: ReadonlyMap<string, Item>, messages: ReadonlyMap<string, readonly Item[]>) {
    this.#at = at;
    this.#messages = messages;
  }

  messages = (appId: string, conversationId: string): readonly Item[] =>
    this.#messages.get(`conversation#${appId}#${conversationId}`) ?? [];

  standing = (appId: string, userId: string): Item | undefined => this.#at.get(`user#${appId}#${userId} user`);

  conversation = (appId: string, id: string): Item | undefined => {
    const item = this.#at.get(`conversation#${appId}#${id} conversation`);
    return item && !isDeleted(item) ? item : undefined;
  };

  entry = (appId: string, userId: string, id: string): Item | undefined =>
    this.#at.get(`user#${appId}#${userId} conversation#${id}`);

  /** The user or vacancy that an address leads to. */
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

  /** Whether a user's item, or that of whom it was merged into, says that what it had is still moving. */
  isMoving(appId: string, userId: string): boolean {
    return this.follow(appId, userId)?.absorbing?.includes(userId) === true;
  }
}

/** Ids have 24 digits, so an app's is found wherever it stands. */
const namedApps = (item: Item, apps: ReadonlyMap<string, Item>): readonly string[] =>
  [...new Set(JSON.stringify(item).match(/[0-9a-f]{24}/g))].filter((id) => apps.has(id));

/** Whether an item is what is left of a deleted conversation for a day. */
const isDeleted = (item: Item): boolean => item.mergedInto === "";

function checkConfiguration(item: Item, appId: string, at: ReadonlyMap<string, Item>, expect: Expect): void {
  if (item.sk === "key") {
    const owner = item.integrationId
      ? at.get(`integration#${item.integrationId} integration`)
      : at.get(`apps app#${appId}`);
    expect(appId, owner?.keyIds?.has(item.id) === true, `the key ${item.id} is on nobody's list`);
  } else if (item.sk === "integration") {
    expect(appId, at.has(`app#${appId} integration#${item.id}`), `the integration ${item.id} is not listed`);
    for (const keyId of item.keyIds ?? []) expect(appId, at.has(`key#${keyId} key`), `the key ${keyId} is gone`);
  } else expect(appId, at.has(`integration#${item.id} integration`), `the listed integration ${item.id} is gone`);
}

function checkUser(
  item: Item,
  app: Item,
  id: string,
  table: Reading,
  bearers: Map<string, string>,
  expect: Expect,
): void {
  const appId: string = app.id;
  const identities: [string, string][] = [];
  if (item.externalId !== undefined)
    identities.push([
      `externalId ${item.externalId} of brand ${item.brandId}`,
      externalIdAddress(app.salt, item.externalId, item.brandId),
    ]);
  for (const client of JSON.parse(item.clients ?? "[]") as Client[])
    for (const externalId of [client.externalId, ...(client.aliases ?? [])])
      if (externalId !== undefined && client.integrationId !== undefined)
        identities.push([
          `${externalId} of integration ${client.integrationId}`,
          channelAddress(app.salt, client.integrationId, externalId),
        ]);
  for (const [name, address] of identities) {
    const bearer = bearers.get(`${appId} ${name}`);
    expect(appId, bearer === undefined, `both ${bearer} and ${id} have ${name}`);
    bearers.set(`${appId} ${name}`, id);
    const end = table.follow(appId, address);
    const own = table.standing(appId, id);
    const led = end?.heir && end !== own ? table.follow(appId, end.heir.userId) : end;
    expect(appId, led !== undefined && led === own, `${name} is ${id}'s, and its address leads to ${led?.pk}`);
  }
  if (item.defaultConversationId === undefined) return;
  const first = table.conversation(appId, item.defaultConversationId);
  expect(appId, first !== undefined, `the default conversation of user ${id} does not exist`);
  expect(appId, first?.mergedInto === undefined, `the default conversation of user ${id} was merged into another`);
  expect(appId, first?.participants[id] !== undefined, `the default conversation of user ${id} does not list the user`);
  expect(appId, first?.isDefault === true, `the default conversation of user ${id} is not marked so`);
}

function checkEntry(item: Item, appId: string, userId: string, table: Reading, expect: Expect): void {
  if (table.isMoving(appId, userId)) return;
  const conversation = table.conversation(appId, item.id);
  expect(appId, conversation !== undefined, `user ${userId} is listed in ${item.id}, which does not exist`);
  expect(
    appId,
    conversation?.participants[userId] !== undefined,
    `user ${userId} is listed in ${item.id}, but not there`,
  );
}

function checkConversation(item: Item, table: Reading, expect: Expect): void {
  const { appId, id } = item;
  if (item.mergedInto !== undefined) {
    const into = table.conversation(appId, item.mergedInto);
    expect(
      appId,
      into?.absorbing?.has(id) === true,
      `conversation ${id} was merged into ${item.mergedInto}, which does not know`,
    );
    return;
  }
  for (const userId of Object.keys(item.participants)) {
    if (table.isMoving(appId, userId)) continue;
    const user = table.standing(appId, userId);
    expect(appId, user?.kind === "user", `participant ${userId} of ${id} is no user`);
    const listed = user?.defaultConversationId === id || table.entry(appId, userId, id) !== undefined;
    expect(appId, listed, `conversation ${id} is not listed under its participant ${userId}`);
    const shown = item.participants[userId].userExternalId;
    expect(
      appId,
      shown === user?.externalId,
      `participant ${userId} of ${id} goes by ${shown}, the user by ${user?.externalId}`,
    );
  }
  const messages = [id, ...(item.absorbing ?? [])].flatMap((one) => table.messages(appId, one));
  expect(
    appId,
    new Set(messages.map((one) => one.sk)).size === messages.length,
    `conversation ${id} has a message twice`,
  );
  expect(
    appId,
    item.messageCount === messages.length,
    `conversation ${id} counts ${item.messageCount} messages and has ${messages.length}`,
  );
}
