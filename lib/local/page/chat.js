import { api, appId, ask, watch } from "./demo.js";
import { element, jsonView, messageView } from "./records.js";

/** @typedef {import("./records.js").Fields} Fields */
/**
 * A person on a channel, whose chat is shown. @typedef {{ userId: string, integrationId: string, title: string }} Person
 */
/**
 * A request that would have gone to a channel's provider, as the outbox lists it. @typedef {{ id: string, receivedAt:
 * string, state: string, request: { method: string, url: string, body?: string }, message?: { text: string },
 * externalIds: string[], dropped?: true, answer?: { status: number, body: string } }} Entry
 */
/**
 * What became of a message on its channel. @typedef {{ messageId: string, state: string, externalIds: string[],
 * failure?: { message: string } }} Sent
 */
/** A message of the chat with what its channel was told. @typedef {{ message: Fields, sent?: Sent, entries: Entry[] }} Line */

/** Milliseconds from one look to the next: at first, and the more the longer nothing was new. */
const soonest = 400;
const latest = 8000;

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {Person | undefined} */
let person;
/** The id of the conversation that is shown. */
let conversationId = "";
/** The lines on the page by message, with the JSON of each. @type {Map<string, { node: HTMLElement, json: string }>} */
const views = new Map();

/** Reads what the local server knows beside the API. @param {string} path */
async function look(path) {
  const response = await fetch(path);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

/** @param {Person} of @returns {Promise<Line[]>} */
async function readLines({ userId, integrationId }) {
  const { conversations } = await watch(`/conversations?filter[userId]=${userId}`);
  if (conversations.length === 0) return [];
  conversationId = conversations[0].id;
  const [{ messages }, { messages: sent }, { entries }] = await Promise.all([
    watch(`/conversations/${conversationId}/messages`),
    look(`/local/outbox/messages?${new URLSearchParams({ appId: appId(), conversationId })}`),
    look(`/local/outbox?${new URLSearchParams({ integrationId })}`),
  ]);
  return messages.map((/** @type {Fields} */ message) => {
    const own = sent.find((/** @type {Sent} */ one) => one.messageId === message.id);
    return { message, sent: own, entries: entries.filter((/** @type {Entry} */ entry) => isOf(entry, message, own)) };
  });
}

/**
 * Tells whether a request showed a message: by the provider's id, or by its text where the provider gave none.
 * @param {Entry} entry
 * @param {Fields} message
 * @param {Sent | undefined} sent
 */
function isOf(entry, message, sent) {
  if (message.author.type !== "business") return false;
  if (entry.externalIds.length > 0) return entry.externalIds.some((id) => sent?.externalIds.includes(id));
  return entry.message?.text === message.content.text && entry.receivedAt >= message.received;
}

/** Says in words what became of a message. @param {Sent | undefined} sent */
const stateOf = (sent) => (sent?.failure ? `${sent.state}: ${sent.failure.message}` : (sent?.state ?? "sending"));

/** Writes a request's line without the secret that Telegram takes in a path. @param {Entry} entry */
const targetOf = ({ request: { url } }) => url.replace(/^https?:\/\//, "").replace(/\/bot[^/]+/, "/bot••••");

/** Shows a body: JSON in lines, and the fields of a form one per line. @param {string} text */
const bodyView = (text) =>
  /^[{[]/.test(text) ? jsonView(text) : element("code", {}, text.split("&").map(decoded).join("\n"));

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** Shows a request that went to the outbox, with its answer and what the provider can report. @param {Entry} entry */
function entryView(entry) {
  const { request, answer } = entry;
  const part = (/** @type {string} */ title, /** @type {string | undefined} */ text) =>
    text
      ? [
          element("h4", {}, title),
          element("pre", { class: "wrap", role: "region", tabindex: "0", "aria-label": title }, bodyView(text)),
        ]
      : [];
  const status = entry.dropped ? "broken" : (answer?.status ?? "…");
  return element(
    "details",
    { class: "exchange told-request" },
    element(
      "summary",
      {},
      element("span", { class: "method" }, request.method),
      element("span", { class: "path" }, targetOf(entry)),
      element("span", { class: answer && answer.status < 400 ? "status" : "status failed" }, String(status)),
    ),
    element(
      "div",
      { class: "parts" },
      ...part("What the channel would be told", request.body),
      ...part("Answer of the outbox", answer?.body),
      ...(entry.externalIds.length > 0 ? [reportsView(entry)] : []),
    ),
  );
}

/** Makes the buttons by which the channel reports on a message. @param {Entry} entry */
function reportsView(entry) {
  const told = element("p", { class: "does", role: "status" });
  const buttons = ["delivered", "read", "failed"].map((state) => {
    const button = element("button", { type: "button" }, `Report ${state}`);
    button.addEventListener("click", async () => {
      try {
        const { status } = await ask("/local/outbox/receipts", { entryId: entry.id, state });
        told.textContent = `The webhook answered ${status}.`;
      } catch (error) {
        told.textContent = error instanceof Error ? error.message : String(error);
      }
      lookAtChat();
    });
    return button;
  });
  return element("div", {}, element("div", { class: "buttons" }, ...buttons), told);
}

/** @param {Line} line */
function lineView({ message, sent, entries }) {
  const node = messageView(message);
  if (message.author.type !== "business") return node;
  const state = element("small", {}, element("span", { class: `status ${sent?.state ?? "sending"}` }, stateOf(sent)));
  node.append(state, ...entries.map(entryView));
  return node;
}

/** Shows the lines; those of which nothing is new are left alone. @param {Line[]} lines */
function showLines(lines) {
  const list = byId("said");
  let isNew = false;
  for (const [index, line] of lines.entries()) {
    const json = JSON.stringify(line);
    const known = views.get(line.message.id);
    if (known?.json === json) continue;
    isNew = true;
    const node = lineView(line);
    if (known) {
      // What is open stays so, where the channel is only told more.
      const open = [...known.node.querySelectorAll("details")].map((details) => details.open);
      for (const [place, details] of node.querySelectorAll("details").entries()) details.open = open[place] ?? false;
      known.node.replaceWith(node);
    } else list.insertBefore(node, list.children[index] ?? null);
    views.set(line.message.id, { node, json });
  }
  return isNew;
}

let pause = soonest;
let looking = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** Looks for news of the chat now, and often for a while. */
export function lookAtChat() {
  pause = soonest;
  clearTimeout(timer);
  if (person && !document.hidden && !looking) void lookOnce();
}

async function lookOnce() {
  looking = true;
  const shown = person;
  try {
    const lines = shown ? await readLines(shown) : [];
    const isNew = shown === person && showLines(lines);
    pause = isNew ? soonest : Math.min(latest, pause * 1.5);
  } catch {
    // The next click says that the server is gone, or began anew.
    pause = latest;
  }
  looking = false;
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(lookOnce, shown === person ? pause : 0);
}

/** Shows the chat of a person on a channel. @param {Person} shown */
export function showChat(shown) {
  if (person?.userId !== shown.userId || person.integrationId !== shown.integrationId) {
    views.clear();
    byId("said").replaceChildren();
  }
  person = shown;
  byId("chatTitle").textContent = shown.title;
  byId("chat").hidden = false;
  lookAtChat();
}

/**
 * Writes as the business in the chat.
 * @param {FormData} form
 * @returns {Promise<{ userId: string, outcome: string }>}
 */
export async function answerInChat(form) {
  if (!person) throw new Error("There is no chat yet.");
  const { userId } = person;
  const author = { type: "business", displayName: "Sunroom" };
  const content = { type: "text", text: form.get("text") };
  const { status, body } = await api("POST", `/conversations/${conversationId}/messages`, { author, content });
  if (status !== 201) throw new Error(body.errors[0].title);
  return {
    userId,
    outcome: "The business answered, and the channel is told: the chat shows what, and what came of it.",
  };
}

document.addEventListener("visibilitychange", lookAtChat);
