import { curlOf, headOf, readable, shortPath } from "./exchanges.js";

/** @typedef {import("./exchanges.js").Exchange} Exchange */
/** @typedef {Readonly<Record<string, any>>} Fields The fields of a record of the API. */

/**
 * Makes an element; texts become text, never markup.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * Shows JSON in lines, its keys and texts coloured, without its secrets.
 * @param {string} text
 */
export function jsonView(text) {
  const parts = readable(text)
    .split(/("(?:[^"\\]|\\.)*"(?:\s*:)?)/g)
    .map((part) => {
      if (!part.startsWith('"')) return part;
      return element("span", { class: part.endsWith(":") ? "key" : "string" }, part);
    });
  return element("code", {}, ...parts);
}

/**
 * Shows a request that can be opened: its head, its body, the answer, and the command that repeats it.
 * @param {Exchange} exchange
 */
export function exchangeView(exchange) {
  const { method, path, status, body, answer } = exchange;
  const part = (/** @type {string} */ title, /** @type {Node} */ content) => [
    element("h4", {}, title),
    element("pre", { class: "wrap", role: "group", tabindex: "0", "aria-label": title }, content),
  ];
  const copy = element("button", { type: "button" }, "Copy as curl");
  copy.addEventListener("click", async () => {
    const done = await navigator.clipboard.writeText(curlOf(exchange)).then(
      () => "Copied, with the demo’s secrets",
      () => "The browser does not let us copy",
    );
    copy.textContent = done;
    setTimeout(() => {
      copy.textContent = "Copy as curl";
    }, 2500);
  });
  return element(
    "details",
    { class: "exchange" },
    element(
      "summary",
      {},
      element("span", { class: "method" }, method),
      element("span", { class: "path" }, shortPath(path)),
      element("span", { class: status < 400 ? "status" : "status failed" }, String(status)),
    ),
    element(
      "div",
      { class: "parts" },
      copy,
      ...part("Request", element("code", {}, headOf(exchange))),
      ...(body ? part("Body", jsonView(body)) : []),
      ...part(`Answer, ${status}`, answer ? jsonView(answer) : element("code", {}, "(empty)")),
    ),
  );
}

/**
 * Lists facts about a record; absent ones are left out.
 * @param {[string, unknown][]} facts
 */
export function factsView(facts) {
  const shown = facts.filter(([, value]) => value !== undefined && value !== null && value !== "");
  return element(
    "dl",
    {},
    ...shown.flatMap(([name, value]) => [
      element("dt", {}, name),
      element("dd", /(^i|I)d$/.test(name) ? { class: "id" } : {}, String(value)),
    ]),
  );
}

/**
 * Makes a card for a kind of record, with the request that reads it.
 * @param {string} name
 * @param {string} title
 * @param {Exchange} exchange
 * @param {...Node} content
 */
export function recordView(name, title, exchange, ...content) {
  const id = `record-${name}`;
  return element(
    "section",
    { class: "card record", id, "aria-labelledby": `${id}-title` },
    element("h3", { id: `${id}-title` }, title),
    ...content,
    exchangeView(exchange),
  );
}

/**
 * @param {Fields} user
 * @returns {[string, unknown][]}
 */
export const userFacts = (user) => [
  ["id", user.id],
  ["externalId", user.externalId],
  ["authenticated", user.authenticated ? "yes" : "no"],
  ["name", [user.profile?.givenName, user.profile?.surname].filter(Boolean).join(" ")],
  ["email", user.profile?.email],
  ["signedUpAt", user.signedUpAt],
];

/**
 * @param {Fields} client
 * @returns {[string, unknown][]}
 */
export const clientFacts = (client) => [
  ["type", `${client.type}, ${client.status}`],
  ["id", client.id],
  ["externalId", client.externalId],
  ["displayName", client.displayName],
];

/**
 * @param {Fields} conversation
 * @returns {[string, unknown][]}
 */
export const conversationFacts = (conversation) => [
  ["id", conversation.id],
  ["type", `${conversation.type}${conversation.isDefault ? ", the default" : ""}`],
  ["lastUpdatedAt", conversation.lastUpdatedAt],
];

/**
 * @param {Fields} participant
 * @returns {[string, unknown][]}
 */
export const participantFacts = (participant) => [
  ["id", participant.id],
  ["userId", participant.userId],
  ["userExternalId", participant.userExternalId],
  ["unreadCount", participant.unreadCount],
];

/** @param {Fields} message */
export function messageView(message) {
  const { author, content, received, source } = message;
  const who = author.displayName || (author.type === "business" ? "Business" : "The person");
  const what = content.text ?? `(${content.type})`;
  const when = new Date(received).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return element(
    "li",
    { class: `message ${author.type}` },
    what,
    element("small", {}, `${who}, ${when}, ${source.type}`),
  );
}
