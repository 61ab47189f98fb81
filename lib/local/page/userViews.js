import { read } from "./demo.js";
import {
  clientFacts,
  conversationFacts,
  element,
  factsView,
  messageView,
  participantFacts,
  recordView,
  userFacts,
} from "./records.js";

/** @typedef {import("./records.js").Fields} Fields */

/** @param {string} title @param {number} count */
const counted = (title, count) => (count === 1 ? title : `${title}s (${count})`);

/** @param {Fields[]} items @param {(item: Fields) => [string, unknown][]} facts */
const listView = (items, facts) =>
  element("ul", { class: "items" }, ...items.map((item) => element("li", {}, factsView(facts(item)))));

/**
 * Reads all records of a user, as one card for each kind.
 * @param {string} userId
 * @param {(conversationId: string) => Node} afterMessages
 */
export async function userViews(userId, afterMessages) {
  const { body, exchange } = await read(`/users/${userId}`);
  if (!body.user) throw new Error(body.errors[0].title);
  const { user } = body;
  const clients = await read(`/users/${user.id}/clients`);
  const conversations = await read(`/conversations?filter[userId]=${user.id}`);
  const views = [
    recordView("user", "User", exchange, factsView(userFacts(user))),
    ...(clients.body.clients.length
      ? [
          recordView(
            "clients",
            counted("Client", clients.body.clients.length),
            clients.exchange,
            listView(clients.body.clients, clientFacts),
          ),
        ]
      : []),
  ];
  const list = conversations.body.conversations;
  if (list.length === 0) {
    const none = element(
      "p",
      { class: "does" },
      "None yet. The person’s first message starts one, or the business does.",
    );
    views.push(recordView("conversation", "Conversation", conversations.exchange, none));
  } else {
    views.push(
      recordView(
        "conversation",
        counted("Conversation", list.length),
        conversations.exchange,
        listView(list, conversationFacts),
      ),
    );
    views.push(...(await conversationViews(list[0].id, afterMessages(list[0].id))));
  }
  return views;
}

/** @param {string} conversationId @param {Node} afterMessages */
async function conversationViews(conversationId, afterMessages) {
  const participants = await read(`/conversations/${conversationId}/participants`);
  const messages = await read(`/conversations/${conversationId}/messages`);
  const people = participants.body.participants;
  const list = messages.body.messages;
  return [
    recordView(
      "participants",
      counted("Participant", people.length),
      participants.exchange,
      listView(people, participantFacts),
    ),
    recordView(
      "messages",
      list.length === 0 ? "Messages" : counted("Message", list.length),
      messages.exchange,
      list.length
        ? element("ul", { class: "items" }, ...list.map(messageView))
        : element("p", { class: "does" }, "Nobody has said anything yet."),
      afterMessages,
    ),
  ];
}
