import { readConversationRecord } from "../db/items/conversationItem.ts";
import { readAddressRecord } from "../db/items/userItem.ts";
import type { Runtime } from "../db/runtime.ts";
import { scanItems } from "../db/scanItems.ts";
import { publicClient, publicConversation, publicUser } from "../http/answers/rest.ts";
import type { Conversation } from "../model/conversation.ts";
import type { User } from "../model/user.ts";

/** Records that are answered of each kind. */
const shownAtMost = 100;

/**
 * Finds the users and the conversations of an app in which a text occurs, the latest first. It reads the whole table,
 * for which no request of the API has the time: for the local page alone.
 * @param search a part of an id, of a name, of an address; the empty text finds all
 */
export async function recordsOfApp({ db }: Pick<Runtime, "db">, appId: string, search: string) {
  const { users, conversations } = await readRecords(db, appId);
  const foundUsers = [...users.values()]
    .filter((user) => has(textOfUser(user), search))
    .sort(by(({ signedUpAt }) => signedUpAt));
  const foundConversations = conversations
    .map((conversation) => ({ conversation, people: peopleOf(conversation, users) }))
    .filter(({ conversation: { id, displayName = "" }, people }) =>
      has([id, displayName, ...people].join("\n"), search),
    )
    .sort(by(({ conversation }) => conversation.lastUpdatedAt));
  return {
    users: foundUsers.slice(0, shownAtMost).map((user) => ({
      ...publicUser(user),
      name: nameOf(user, user.id),
      clients: user.clients.map(publicClient),
    })),
    usersFound: foundUsers.length,
    conversations: foundConversations.slice(0, shownAtMost).map(({ conversation, people }) => ({
      ...publicConversation(conversation),
      people,
      messageCount: conversation.messageCount,
    })),
    conversationsFound: foundConversations.length,
  };
}

/** Reads all users, by their ids, and all conversations of an app. */
async function readRecords(db: Runtime["db"], appId: string) {
  const users = new Map<string, User>();
  const conversations: Conversation[] = [];
  for await (const items of scanItems(db))
    for (const item of items.filter(({ pk }) => pk.split("#")[1] === appId)) {
      const address = item.sk === "user" ? readAddressRecord(item) : undefined;
      if (address?.kind === "user") users.set(address.user.id, address.user);
      const record = item.sk === "conversation" ? readConversationRecord(item) : undefined;
      if (record?.kind === "open") conversations.push(record.conversation);
    }
  return { users, conversations };
}

const peopleOf = ({ participants }: Conversation, users: ReadonlyMap<string, User>): readonly string[] =>
  participants.map(({ userId }) => nameOf(users.get(userId), userId));

/** Names a user for people: by the profile, a channel, the business's own id, or the id. */
function nameOf(user: User | undefined, id: string): string {
  const { givenName, surname } = user?.profile ?? {};
  const names = [givenName, surname].filter((part) => typeof part === "string" && part !== "");
  return (
    names.join(" ") || (user?.clients.find(({ displayName }) => displayName)?.displayName ?? user?.externalId ?? id)
  );
}

const textOfUser = ({ id, externalId = "", profile, identities, clients }: User): string =>
  [
    ...[id, externalId, JSON.stringify([profile, identities])],
    ...clients.flatMap((client) => [client.id, client.type, client.displayName ?? "", client.externalId ?? ""]),
  ].join("\n");

const has = (text: string, search: string): boolean => text.toLowerCase().includes(search.trim().toLowerCase());

/** Compares by a time, the latest first; what has none comes last. */
const by =
  <T>(timeOf: (one: T) => string | undefined) =>
  (one: T, other: T): number =>
    (timeOf(other) ?? "").localeCompare(timeOf(one) ?? "");
