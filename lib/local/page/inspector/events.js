import { repeat } from "../lit.js";
import { block, clock, counted, html, note, opened, status } from "./parts.js";
import { call, get, look } from "./reading.js";

/** @typedef {import("./inspector.js").View} View */
/** @typedef {import("./reading.js").Fields} Fields */

/** Deliveries that are read of each webhook. */
const readAtMost = 100;

/** The events of an app, whether a webhook listens or not, with what came of each delivery. @type {View} */
export const events = {
  title: "Events",
  async read({ appId }) {
    const [{ events }, deliveries] = await Promise.all([
      look("/local/inspector/events", { appId }),
      deliveriesOf(appId),
    ]);
    const known = new Set(events.map((/** @type {Fields} */ { id }) => id));
    // Those of before this start of the server are known by their deliveries alone.
    const before = deliveries.filter(({ event }) => !known.has(event.id)).map(({ event }) => event);
    const once = new Map([...events, ...before].map((event) => [event.id, event]));
    const all = [...once.values()].sort((one, other) => (one.createdAt < other.createdAt ? 1 : -1));
    return {
      events: all.map((event) => ({ ...event, deliveries: deliveries.filter((one) => one.event.id === event.id) })),
    };
  },
  show({ events }, place) {
    if (events.length === 0) return note("Nothing has happened in this app yet.");
    return html`${counted(events.length, events.length, "event")}
      ${repeat(
        events,
        ({ id }) => id,
        (event) => eventView(event, place),
      )}`;
  },
};

/** @param {string} appId @returns {Promise<Fields[]>} */
async function deliveriesOf(appId) {
  const { integrations } = await get(`/v2/apps/${appId}/integrations?filter[types]=custom&page[size]=100`);
  const webhooks = integrations.flatMap((/** @type {Fields} */ { id, webhooks = [] }) =>
    webhooks.map((/** @type {Fields} */ webhook) => ({
      target: webhook.target,
      path: `/v2/apps/${appId}/integrations/${id}/webhooks/${webhook.id}/deliveries`,
    })),
  );
  const lists = await Promise.all(
    webhooks.map(async (/** @type {{ path: string, target: string }} */ webhook) => {
      const { deliveries } = await get(`${webhook.path}?page[size]=${readAtMost}`);
      return deliveries.map((/** @type {Fields} */ delivery) => ({ ...delivery, webhook }));
    }),
  );
  return lists.flat();
}

/** @param {Fields} attempt */
const cameOf = ({ responseStatus, error, milliseconds }) => `${responseStatus ?? error} in ${milliseconds} ms`;

/** Says what came of the deliveries of an event. @param {Fields[]} deliveries */
function stateOf(deliveries) {
  if (deliveries.length === 0) return html`<span class="status pending">no webhook</span>`;
  const failed = deliveries.filter((one) => one.status === "failed").length;
  const pending = deliveries.filter((one) => one.status === "pending").length;
  if (failed > 0) return status(`${failed} failed`, false);
  return pending > 0 ? html`<span class="status pending">${pending} pending</span>` : status("delivered", true);
}

/** Shows an event as a webhook’s body has it. @param {Fields} event */
const bodyOf = ({ id, type, createdAt, payload }) => ({ id, type, createdAt, payload });

/** @param {Fields} event @param {import("./inspector.js").Place} place */
function eventView(event, place) {
  return opened(
    event.id,
    html`${clock(event.createdAt)}<span class="method">${event.type}</span><span class="path">${event.id}</span>${stateOf(event.deliveries)}`,
    () => html`
      ${event.payload === undefined ? note("Its body was deleted with its user.") : block("Event", bodyOf(event))}
      ${event.deliveries.map((/** @type {Fields} */ one) => deliveryView(one, event, place))}`,
  );
}

/** @param {Fields} delivery @param {Fields} event @param {import("./inspector.js").Place} place */
function deliveryView({ id, webhook, attempts, status: state }, event, { act }) {
  const replay = () => act(() => call("POST", `${webhook.path}/${id}/replay`, {}));
  return html`<p class="part">To ${webhook.target}: ${state}</p>
    ${
      attempts.length === 0
        ? note("No attempt yet.")
        : html`<ol class="attempts">
            ${attempts.map(
              (/** @type {Fields} */ attempt) =>
                html`<li>${clock(attempt.at)}: ${cameOf(attempt)}${
                  attempt.answer ? html`<code class="answer">${attempt.answer}</code>` : ""
                }</li>`,
            )}
          </ol>`
    }
    <button type="button" ?disabled=${event.payload === undefined} @click=${replay}>Send it again</button>`;
}
