import { chatLines, linesView } from "../chatLines.js";
import { ask } from "../demo.js";
import { counted, dayAndTime, facts, html, note } from "./parts.js";
import { call, get, look } from "./reading.js";

/** @typedef {import("./inspector.js").View} View */
/** @typedef {import("./reading.js").Fields} Fields */

/** The conversations of an app, and one of them as a chat in which both sides write. @type {View} */
export const chats = {
  title: "Conversations",
  searchable: "Name of a participant, or id",
  read: ({ appId, id, search }) => (id ? readChat(appId, id) : look("/local/inspector/records", { appId, search })),
  show: (data, place) => (data.conversation ? chatView(data, place) : listView(data, place)),
};

/** @param {string} appId @param {string} id */
async function readChat(appId, id) {
  const path = `/v2/apps/${appId}/conversations/${id}`;
  const [{ conversation }, { participants }, { messages }] = await Promise.all([
    get(path),
    get(`${path}/participants?page[size]=100`),
    get(`${path}/messages?page[size]=100`),
  ]);
  const people = await Promise.all(
    participants.map(async (/** @type {Fields} */ { userId }) => {
      const [{ user }, { clients }] = await Promise.all([
        get(`/v2/apps/${appId}/users/${userId}`),
        get(`/v2/apps/${appId}/users/${userId}/clients?page[size]=100`),
      ]);
      return { user, clients };
    }),
  );
  const clients = people.flatMap((person) => person.clients);
  const integrationIds = clients.filter(({ type }) => type !== "sdk").map(({ integrationId }) => integrationId);
  const lines = await chatLines(appId, id, messages, [...new Set(integrationIds)]);
  return { conversation, people, lines };
}

/** @param {Fields} found @param {import("./inspector.js").Place} place */
function listView({ conversations, conversationsFound }, { appId, search }) {
  if (conversationsFound === 0) return note(search ? `No conversation has “${search}”.` : "No conversation yet.");
  return html`${counted(conversations.length, conversationsFound, "conversation")}
    <ul class="items list">
      ${conversations.map(
        (/** @type {Fields} */ one) => html`<li class="line">
          <a href="#/${appId}/conversations/${one.id}">${one.displayName ?? (one.people.join(", ") || "Nobody")}</a>
          <span>${one.messageCount} message${one.messageCount === 1 ? "" : "s"}</span>
          <span>${dayAndTime(one.lastUpdatedAt)}</span>
          <code>${one.id}</code>
        </li>`,
      )}
    </ul>`;
}

/** Names a person of a conversation. @param {Fields} person */
const nameOf = ({ user, clients }) =>
  [user.profile.givenName, user.profile.surname].filter(Boolean).join(" ") ||
  clients.find((/** @type {Fields} */ { displayName }) => displayName)?.displayName ||
  user.externalId ||
  user.id;

/**
 * Lists as whom one can write: the business, each person by the API, and by each of the person's channels.
 * @param {Fields[]} people
 * @returns {{ label: string, write: (appId: string, id: string, text: string) => Promise<unknown> }[]}
 */
function voicesOf(people) {
  const post =
    (/** @type {object} */ author) =>
    (/** @type {string} */ appId, /** @type {string} */ id, /** @type {string} */ text) =>
      call("POST", `/v2/apps/${appId}/conversations/${id}/messages`, { author, content: { type: "text", text } });
  const voices = people.flatMap((person) => {
    const channels = person.clients.filter(
      (/** @type {Fields} */ { type, externalId, status }) => type !== "sdk" && externalId && status !== "pending",
    );
    const byChannel = channels.map((/** @type {Fields} */ { type, externalId, integrationId, displayName }) => ({
      label: `${nameOf(person)}, on ${type}`,
      async write(/** @type {string} */ appId, /** @type {string} */ _, /** @type {string} */ text) {
        const name = displayName ?? nameOf(person);
        const told = await ask("/local/deliveries", {
          channel: type,
          appId,
          integrationId,
          from: externalId,
          name,
          text,
        });
        if (told.status >= 300)
          throw new Error(`The webhook was answered with ${told.status}. ${told.reasons.join("; ")}`);
      },
    }));
    if (byChannel.length > 0) return byChannel;
    return [{ label: nameOf(person), write: post({ type: "user", userId: person.user.id }) }];
  });
  return [{ label: "The business", write: post({ type: "business", displayName: "Sunroom" }) }, ...voices];
}

/** @param {Fields} chat @param {import("./inspector.js").Place} place */
function chatView({ conversation, people, lines }, { appId, act }) {
  const voices = voicesOf(people);
  const send = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const fields = new FormData(form);
    const voice = voices[Number(fields.get("voice"))];
    void act(async () => {
      await voice?.write(appId, conversation.id, String(fields.get("text")));
      const text = /** @type {HTMLInputElement} */ (form.elements.namedItem("text"));
      text.value = "";
    });
  };
  return html`
    <section class="card record" aria-labelledby="ofChat">
      <h2 id="ofChat">${conversation.displayName ?? (people.map(nameOf).join(", ") || "Nobody")}</h2>
      ${facts([
        ["id", conversation.id],
        ["type", `${conversation.type}${conversation.isDefault ? ", the default" : ""}`],
        [
          "participants",
          html`${people.map((/** @type {Fields} */ person, /** @type {number} */ index) => html`${index > 0 ? ", " : ""}<a href="#/${appId}/users/${person.user.id}">${nameOf(person)}</a>`)}`,
        ],
        ["createdAt", dayAndTime(conversation.createdAt)],
      ])}
    </section>
    <section class="card record" aria-labelledby="ofMessages">
      <h2 id="ofMessages">Chat</h2>
      ${lines.length === 0 ? note("Nobody has said anything yet.") : ""}
      <div class="log" role="log" tabindex="0" aria-labelledby="ofMessages"><ol class="items">${linesView(lines)}</ol></div>
      <form class="voices" @submit=${send}>
        <label class="field">Write as
          <select name="voice">${voices.map(({ label }, index) => html`<option value=${index}>${label}</option>`)}</select></label>
        <label class="field">Message
          <input name="text" required maxlength="4096" autocomplete="off"></label>
        <button class="main" type="submit">Send</button>
      </form>
    </section>`;
}
