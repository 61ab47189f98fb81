import { deliveryView } from "./deliveries.js";
import { api, watch } from "./demo.js";
import { record } from "./exchanges.js";
import { element, exchangeView } from "./records.js";

/** @typedef {import("./deliveries.js").Delivery} Delivery */
/** @typedef {import("./deliveries.js").DeliveryView} DeliveryView */
/** @typedef {import("./deliveries.js").Webhook} Webhook */
/** @typedef {import("./exchanges.js").Exchange} Exchange */
/**
 * What the page lends this section: its demo, its order of work, and its words for errors. @typedef {{ ready: () =>
 * Promise<void>, serialize: (work: () => Promise<unknown>) => Promise<void>, explain: (error: unknown) =>
 * Promise<string> }} Lent
 */

/** Milliseconds from one look to the next: at first, and the more the longer nothing was new. */
const soonest = 1000;
const latest = 8000;
/** Number of deliveries that are shown. */
const shownAtMost = 20;

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {Webhook} webhook */
const pathOf = ({ id, integrationId }) => `/integrations/${integrationId}/webhooks/${id}`;

/** Reads the webhooks of the app, and what they were told last, the newest first. */
async function readEvents() {
  const { integrations } = await watch("/integrations?filter[types]=custom&page[size]=100");
  /** @type {Webhook[]} */
  const webhooks = integrations.flatMap((/** @type {{ id: string, webhooks?: Webhook[] }} */ { id, webhooks = [] }) =>
    webhooks.map(({ id: webhookId, target, triggers }) => ({ id: webhookId, integrationId: id, target, triggers })),
  );
  const lists = await Promise.all(
    webhooks.map(async (webhook) => {
      const { deliveries } = await watch(`${pathOf(webhook)}/deliveries?page[size]=${shownAtMost}`);
      return deliveries.map((/** @type {Omit<Delivery, "webhook">} */ delivery) => ({ ...delivery, webhook }));
    }),
  );
  /** @type {Delivery[]} */
  const deliveries = lists.flat();
  // The ids sort by the time of the event.
  deliveries.sort((one, other) => (one.id < other.id ? 1 : -1));
  return { webhooks, deliveries: deliveries.slice(0, shownAtMost) };
}

/** @typedef {Awaited<ReturnType<typeof readEvents>>} Events */

/** The deliveries on the page, by webhook and id, with the JSON of each. @type {Map<string, DeliveryView & { json: string }>} */
const views = new Map();

/** @param {Delivery[]} deliveries */
function showDeliveries(deliveries) {
  const list = byId("deliveries");
  const wanted = new Map(deliveries.map((delivery) => [`${delivery.webhook.id} ${delivery.id}`, delivery]));
  for (const [key, { node }] of views) {
    if (wanted.has(key)) continue;
    node.remove();
    views.delete(key);
  }
  for (const [index, [key, delivery]] of [...wanted].entries()) {
    const json = JSON.stringify(delivery);
    const view = views.get(key) ?? { ...deliveryView(delivery, replay), json };
    if (view.json !== json) view.update(delivery);
    views.set(key, { ...view, json });
    // What stands where it should is left alone, or it would lose the focus.
    if (list.children[index] !== view.node) list.insertBefore(view.node, list.children[index] ?? null);
  }
}

/** Says of what a webhook is told. @param {Webhook} webhook */
function toldOf({ triggers }) {
  const all = document.querySelector("#register [name=all]")?.getAttribute("value");
  if (triggers.length === all?.split(" ").length) return "all events";
  return triggers.length > 3 ? `${triggers.length} kinds of events` : triggers.join(", ");
}

/** @param {Webhook[]} webhooks */
function showWebhooks(webhooks) {
  const items = webhooks.map((webhook) => {
    const remove = element("button", { type: "button", "aria-label": `Remove ${webhook.target}` }, "Remove");
    remove.addEventListener("click", () => void removeWebhook(webhook));
    const told = element("small", {}, toldOf(webhook));
    return element("li", { class: "webhook" }, element("span", {}, webhook.target, told), remove);
  });
  byId("webhooks").replaceChildren(...items);
}

/** @param {Events} events */
function hintOf({ webhooks, deliveries }) {
  if (webhooks.length === 0)
    return [
      "No webhook yet, so nothing is told. Register one: this page’s own receiver takes every event and answers 200, so you need no server to see them.",
    ];
  if (deliveries.length === 0) return ["Nothing was told yet. Try one of the four ways above."];
  const most = deliveries.length === shownAtMost ? `The newest ${shownAtMost}. ` : "";
  const command = element("code", {}, "npm run -s sunroom -- webhook");
  return [`${most}Open one for its body, its attempts and the answers. The same in a terminal: `, command];
}

/** What is shown, as JSON: of the webhooks, and of everything. */
let shown = { webhooks: "", all: "" };

/** Shows what there is, and tells whether anything of it is new. @param {Events} events */
function showEvents(events) {
  const now = { webhooks: JSON.stringify(events.webhooks), all: JSON.stringify(events) };
  if (now.all === shown.all) return false;
  if (now.webhooks !== shown.webhooks) showWebhooks(events.webhooks);
  showDeliveries(events.deliveries);
  byId("untold").replaceChildren(...hintOf(events));
  shown = now;
  return true;
}

/** Whether the section is in view. */
let inView = false;
let pause = soonest;
let looking = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {Lent} */
let lent;

/** Looks for news now, and often for a while; nothing is asked while nobody sees the section. */
export function lookForEvents() {
  pause = soonest;
  clearTimeout(timer);
  if (inView && !document.hidden && !looking) void look();
}

async function look() {
  looking = true;
  try {
    await lent.ready();
    const isNew = showEvents(await readEvents());
    pause = isNew ? soonest : Math.min(latest, pause * 1.5);
  } catch (error) {
    // What was read before stays, until the next answer is shown.
    byId("untold").textContent = await lent.explain(error);
    shown = { webhooks: "", all: "" };
    pause = latest;
  }
  looking = false;
  clearTimeout(timer);
  if (inView && !document.hidden) timer = setTimeout(look, pause);
}

/**
 * Does the work of a click in this section, and says what came of it.
 * @param {() => Promise<string>} work
 */
function run(work) {
  return lent.serialize(async () => {
    try {
      await lent.ready();
      tell(await work());
    } catch (error) {
      tell(await lent.explain(error), true);
    }
    lookForEvents();
  });
}

/** @param {string} text @param {boolean} [failed] */
function tell(text, failed = false) {
  byId("told").textContent = text;
  byId("told").classList.toggle("failed", failed);
}

/**
 * Calls the API, and throws its error in its own words.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function change(method, path, body) {
  const answer = await api(method, path, body);
  if (answer.status >= 400) throw new Error(answer.body.errors[0].title);
  return answer.body;
}

/** @param {Delivery} delivery */
const replay = ({ id, webhook, event }) =>
  run(async () => {
    await change("POST", `${pathOf(webhook)}/deliveries/${id}/replay`, {});
    return `${event.type} is sent again, under the same event id.`;
  });

/** @param {Webhook} webhook */
const removeWebhook = (webhook) =>
  run(async () => {
    await change("DELETE", pathOf(webhook));
    byId("registration").replaceChildren();
    byId("register").querySelector("button")?.focus();
    return `${webhook.target} is told nothing more.`;
  });

/** Finds the app's first custom integration, or makes one: a webhook is part of one. */
async function customIntegration() {
  const { integrations } = await watch("/integrations?filter[types]=custom");
  if (integrations.length > 0) return integrations[0].id;
  const made = await change("POST", "/integrations", { type: "custom", displayName: "Receivers of events" });
  return made.integration.id;
}

/** @param {FormData} form */
async function register(form) {
  byId("registration").replaceChildren();
  const target = String(form.get("target"));
  const triggers = String(form.get("all") ?? "conversation:message").split(" ");
  /** @type {Exchange[]} */
  const exchanges = [];
  try {
    const { webhook } = await record(exchanges, async () =>
      change("POST", `/integrations/${await customIntegration()}/webhooks`, { target, triggers }),
    );
    const secret = element("code", {}, webhook.secret);
    byId("registration").append(element("p", {}, "Its secret, which signs what it is told, shown this once: ", secret));
  } finally {
    byId("registration").append(...exchanges.map(exchangeView));
  }
  return `${target} is told from now on.`;
}

/**
 * Starts the section: its form, and looking for news while it is seen.
 * @param {Lent} ofPage
 */
export function startEvents(ofPage) {
  lent = ofPage;
  const form = /** @type {HTMLFormElement} */ (byId("register"));
  form.querySelector("[name=target]")?.setAttribute("value", `${location.origin}/local/receiver`);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.classList.contains("busy")) return;
    form.classList.add("busy");
    const fields = new FormData(form);
    void run(() => register(fields)).finally(() => form.classList.remove("busy"));
  });
  document.addEventListener("visibilitychange", lookForEvents);
  new IntersectionObserver(([entry]) => {
    inView = entry?.isIntersecting ?? false;
    lookForEvents();
  }).observe(byId("events"));
}
