import { ask } from "./demo.js";
import { block, html, status } from "./inspector/parts.js";
import { look } from "./inspector/reading.js";
import { repeat } from "./lit.js";

/** @typedef {import("./records.js").Fields} Fields */
/**
 * A request that would have gone to a channel's provider, as the outbox lists it. @typedef {{ id: string, receivedAt:
 * string, state: string, request: { method: string, url: string, body?: string }, message?: { text: string },
 * externalIds: string[], dropped?: true, answer?: { status: number, body: string } }} Entry
 */
/**
 * What became of a message on its channel. @typedef {{ messageId: string, state: string, externalIds: string[],
 * failure?: { message: string } }} Sent
 */
/** A message of a chat with what its channel was told. @typedef {{ message: Fields, sent?: Sent, entries: Entry[] }} Line */

/**
 * Adds to the messages of a conversation what their channels were told.
 * @param {string} appId
 * @param {string} conversationId
 * @param {Fields[]} messages
 * @param {string[]} integrationIds the integrations of the participants' clients
 * @returns {Promise<Line[]>}
 */
export async function chatLines(appId, conversationId, messages, integrationIds) {
  const [{ messages: sent }, ...boxes] = await Promise.all([
    look("/local/outbox/messages", { appId, conversationId }),
    ...integrationIds.map((integrationId) => look("/local/outbox", { integrationId })),
  ]);
  /** @type {Entry[]} */
  const entries = boxes.flatMap((box) => box.entries);
  return messages.map((message) => {
    const own = sent.find((/** @type {Sent} */ one) => one.messageId === message.id);
    return { message, sent: own, entries: entries.filter((entry) => isOf(entry, message, own)) };
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

/** Shows the fields of a form one per line, and any other text as it is. @param {string} text */
const fieldsOf = (text) => (/^[{[]/.test(text) ? text : text.split("&").map(decoded).join("\n"));

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
  const state = entry.dropped ? "broken" : String(answer?.status ?? "…");
  return html`<details class="exchange told-request">
    <summary>
      <span class="method">${request.method}</span><span class="path">${targetOf(entry)}</span>
      ${status(state, answer !== undefined && answer.status < 400)}
    </summary>
    <div class="parts">
      ${request.body ? block("What the channel would be told", fieldsOf(request.body)) : ""}
      ${answer?.body ? block("Answer of the outbox", fieldsOf(answer.body)) : ""}
      ${entry.externalIds.length > 0 ? reportsView(entry) : ""}
    </div>
  </details>`;
}

/** Makes the buttons by which the channel reports on a message. @param {Entry} entry */
function reportsView(entry) {
  const report = async (/** @type {Event} */ { currentTarget }, /** @type {string} */ state) => {
    const told = /** @type {HTMLElement} */ (currentTarget).closest(".reports")?.querySelector(".told");
    const text = await ask("/local/outbox/receipts", { entryId: entry.id, state }).then(
      ({ status }) => `The webhook answered ${status}.`,
      (error) => error.message,
    );
    if (told) told.textContent = text;
  };
  const button = (/** @type {string} */ state) =>
    html`<button type="button" @click=${(/** @type {Event} */ event) => report(event, state)}>Report ${state}</button>`;
  return html`<div class="reports">
    <div class="buttons">${["delivered", "read", "failed"].map(button)}</div>
    <p class="does told" aria-live="polite"></p>
  </div>`;
}

/** @param {Line} line */
function lineView({ message, sent, entries }) {
  const { author, content, received, source } = message;
  const who = author.displayName || (author.type === "business" ? "Business" : "The person");
  const when = new Date(received).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const isTold = author.type === "business" && (sent !== undefined || entries.length > 0);
  return html`<li class="message ${author.type}"><span class="text">${content.text ?? `(${content.type})`}</span><small>${who}, ${when}, ${source.type}</small>${
    isTold ? html`<small><span class="status ${sent?.state ?? "sending"}">${stateOf(sent)}</span></small>` : ""
  }${repeat(entries, ({ id }) => id, entryView)}</li>`;
}

/** Shows the lines of a chat; what is open stays so. @param {Line[]} lines */
export const linesView = (lines) => html`${repeat(lines, ({ message }) => message.id, lineView)}`;
