import { counted, dayAndTime, facts, html, note } from "./parts.js";
import { get, look } from "./reading.js";

/** @typedef {import("./inspector.js").View} View */
/** @typedef {import("./reading.js").Fields} Fields */

/** The users of an app, and one of them with the clients and the conversations. @type {View} */
export const users = {
  title: "Users",
  searchable: "Name, externalId, email, telephone number or id",
  async read({ appId, id, search }) {
    if (!id) return look("/local/inspector/records", { appId, search });
    const path = `/v2/apps/${appId}/users/${id}`;
    const [{ user }, { clients }, { conversations }] = await Promise.all([
      get(path),
      get(`${path}/clients?page[size]=100`),
      get(`/v2/apps/${appId}/conversations?filter[userId]=${id}&page[size]=100`),
    ]);
    return { user, clients, conversations };
  },
  show: (data, place) => (data.user ? userView(data, place.appId) : listView(data, place)),
};

/** @param {Fields} found @param {import("./inspector.js").Place} place */
function listView({ users, usersFound }, { appId, search }) {
  if (usersFound === 0)
    return note(search ? `No user has “${search}”.` : "No user yet. Each of the four ways makes one.");
  return html`${counted(users.length, usersFound, "user")}
    <ul class="items list">
      ${users.map(
        (/** @type {Fields} */ user) => html`<li class="line">
          <a href="#/${appId}/users/${user.id}">${user.name}</a>
          <span>${user.externalId && user.externalId !== user.name ? user.externalId : ""}</span>
          <span>${user.clients.map((/** @type {Fields} */ { type }) => type).join(", ") || "no client"}</span>
          <code>${user.id}</code>
        </li>`,
      )}
    </ul>`;
}

/** @param {Fields} found @param {string} appId */
function userView({ user, clients, conversations }, appId) {
  const { givenName, surname, email, locale } = user.profile;
  return html`
    <section class="card record" aria-labelledby="ofUser">
      <h2 id="ofUser">${[givenName, surname].filter(Boolean).join(" ") || user.externalId || user.id}</h2>
      ${facts([
        ["id", user.id],
        ["externalId", user.externalId],
        ["authenticated", user.authenticated ? "yes" : "no"],
        ["email", email],
        ["locale", locale],
        ["identities", user.identities.map((/** @type {Fields} */ one) => `${one.type} ${one.value}`).join(", ")],
        ["signedUpAt", dayAndTime(user.signedUpAt)],
        ["metadata", Object.keys(user.metadata).length > 0 ? JSON.stringify(user.metadata) : ""],
      ])}
    </section>
    <section class="card record" aria-labelledby="ofClients">
      <h2 id="ofClients">Clients</h2>
      ${clients.length === 0 ? note("None yet.") : ""}
      <ul class="items">
        ${clients.map(
          (/** @type {Fields} */ client) => html`<li>
            ${facts([
              ["type", `${client.type}, ${client.status}`],
              ["id", client.id],
              ["externalId", client.externalId],
              ["displayName", client.displayName],
              ["integrationId", client.integrationId],
              ["lastSeen", dayAndTime(client.lastSeen)],
            ])}
          </li>`,
        )}
      </ul>
    </section>
    <section class="card record" aria-labelledby="ofConversations">
      <h2 id="ofConversations">Conversations</h2>
      ${conversations.length === 0 ? note("None yet.") : ""}
      <ul class="items">
        ${conversations.map(
          (/** @type {Fields} */ one) => html`<li>
            <a href="#/${appId}/conversations/${one.id}">${one.displayName ?? `${one.type}${one.isDefault ? ", the default" : ""}`}</a>
            ${facts([
              ["id", one.id],
              ["lastUpdatedAt", dayAndTime(one.lastUpdatedAt)],
            ])}
          </li>`,
        )}
      </ul>
    </section>`;
}
