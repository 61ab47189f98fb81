import { appId } from "./demo.js";
import { readable, shortPath } from "./exchanges.js";
import { element, factsView, jsonView } from "./records.js";

/** @typedef {import("./records.js").Fields} Fields */
/** @typedef {{ id: string, integrationId: string, target: string, triggers: string[] }} Webhook */
/** @typedef {{ at: string, milliseconds: number, responseStatus?: number, error?: string, answer?: string }} Attempt */
/**
 * An event on its way to a webhook, as the API lists it. @typedef {{ id: string, status: "pending" | "delivered" |
 * "failed", event: Fields, queuedAt: string, attempts: Attempt[], webhook: Webhook }} Delivery
 */
/**
 * A delivery on the page: what is new is written into it, so that what is open stays so, and the focus where it is.
 * @typedef {{ node: HTMLElement, update: (delivery: Delivery) => void }} DeliveryView
 */

/** @param {string} time */
const clock = (time) =>
  new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** Finds the conversation and the user that an event is about. @param {Fields} event */
function subjectOf({ payload = {} }) {
  const { conversation, user, message, activity, mergedUsers } = payload;
  const author = message?.author ?? activity?.author;
  return { conversationId: conversation?.id, userId: user?.id ?? author?.userId ?? mergedUsers?.surviving.id };
}

/** Says what came of an attempt. @param {Attempt} attempt */
const cameOf = ({ responseStatus, error, milliseconds }) => `${responseStatus ?? error} in ${milliseconds} ms`;

/** @param {Delivery} delivery */
function stateOf({ status, attempts }) {
  const last = attempts.at(-1);
  const count = attempts.length > 1 ? `, ${attempts.length} attempts` : "";
  return last ? `${status}, ${cameOf(last)}${count}` : status;
}

/** @param {Delivery} delivery */
function lineOf(delivery) {
  const { event, status, webhook } = delivery;
  const { conversationId, userId } = subjectOf(event);
  const about = [conversationId && `conversation ${conversationId}`, userId && `user ${userId}`].filter(Boolean);
  return [
    element("time", { datetime: event.createdAt }, clock(event.createdAt)),
    element("span", { class: "method" }, event.type),
    element("span", { class: "path" }, shortPath(about.join(", ")), ` → ${webhook.target.replace(/^https?:\/\//, "")}`),
    element("span", { class: `status ${status}` }, stateOf(delivery)),
  ];
}

/** @param {string} title @param {...Node} content */
const part = (title, ...content) => [element("h4", {}, title), ...content];

/** @param {Attempt[]} attempts */
function attemptsView(attempts) {
  if (attempts.length === 0) return element("p", { class: "does" }, "None yet.");
  const items = attempts.map((attempt) =>
    element(
      "li",
      {},
      `${clock(attempt.at)}: ${cameOf(attempt)}`,
      ...(attempt.answer ? [element("code", { class: "answer" }, readable(attempt.answer))] : []),
    ),
  );
  return element("ol", { class: "attempts" }, ...items);
}

/** Shows the body of the request that tells the event. @param {Delivery} delivery */
function bodyView({ event, webhook }) {
  if (event.payload === undefined) return element("p", { class: "does" }, "It was deleted with its user.");
  const body = { app: { id: appId() }, webhook: { id: webhook.id, version: "v2" }, events: [event] };
  return element(
    "pre",
    { class: "wrap", role: "group", tabindex: "0", "aria-label": `Body of ${event.type} ${event.id}` },
    jsonView(JSON.stringify(body)),
  );
}

/** @param {Delivery} delivery */
const factsOf = ({ event, queuedAt, webhook }) =>
  factsView([
    ["webhook", webhook.target],
    ...Object.entries({ eventId: event.id, ...subjectOf(event) }),
    ["queuedAt", queuedAt],
  ]);

/**
 * Shows a delivery that can be opened: its attempts with their answers, its body, and a button that sends it again.
 * @param {Delivery} first
 * @param {(delivery: Delivery) => Promise<void>} replay
 * @returns {DeliveryView}
 */
export function deliveryView(first, replay) {
  let shown = first;
  const summary = element("summary", {});
  const again = element("button", { type: "button" }, "Replay");
  again.addEventListener("click", () => void replay(shown));
  const [state, body] = [element("div", { class: "state" }), element("div", {})];
  const node = element(
    "details",
    { class: "exchange delivery" },
    summary,
    element("div", { class: "parts" }, again, state, ...part("Body", body)),
  );
  const fill = () => {
    if (!node.open) return;
    state.replaceChildren(factsOf(shown), ...part("Attempts and answers", attemptsView(shown.attempts)));
    // A body only ever changes by being deleted.
    if (!body.hasChildNodes() || shown.event.payload === undefined) body.replaceChildren(bodyView(shown));
  };
  node.addEventListener("toggle", fill);
  const update = (/** @type {Delivery} */ delivery) => {
    shown = delivery;
    summary.replaceChildren(...lineOf(delivery));
    again.toggleAttribute("disabled", delivery.event.payload === undefined);
    fill();
  };
  update(first);
  return { node, update };
}
