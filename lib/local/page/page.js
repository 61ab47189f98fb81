import { answerInChat, lookAtChat, showChat } from "./chat.js";
import { api, demoIsGone, openDemo } from "./demo.js";
import { lookForEvents, startEvents } from "./events.js";
import { record } from "./exchanges.js";
import { startInspector } from "./inspector/inspector.js";
import { element, exchangeView } from "./records.js";
import { userViews } from "./userViews.js";
import { createUser, deliver, deliverAgain, logIn, sdkUserId, startConversation, wasDelivered } from "./ways.js";

/** @typedef {import("./exchanges.js").Exchange} Exchange */
/** @typedef {import("./ways.js").Made} Made */

const { Smooch } = window;

/**
 * Finds the element of this id in the page.
 * @param {string} id
 * @returns {HTMLElement}
 */
const byId = (id) => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no ${id}.`);
  return found;
};

/** The integration that the SDK is initialised with. */
let integrationId = "";
/** The requests of the initialisation. @type {Exchange[]} */
let opening = [];

async function open() {
  ({ integrationId } = await openDemo());
  for (const place of document.querySelectorAll(".integration")) place.textContent = integrationId;
  opening = [];
  await record(opening, () => Smooch.init({ integrationId }));
  showSession();
}

/** Opens the page's demo once; after a failure, the next click tries again. @type {Promise<void> | undefined} */
let opened;
function ready() {
  opened ??= open().catch((error) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

function showSession() {
  const user = Smooch.getUser();
  byId("session").textContent = user?.externalId ?? (user ? "an anonymous visitor" : "nobody yet");
}

/** The work that was started last. @type {Promise<void>} */
let last = Promise.resolve();

/**
 * Does one piece of work after the other, and shows errors.
 * @param {() => Promise<unknown>} work
 */
function serialize(work) {
  last = last.then(work).then(
    () => undefined,
    async (error) => showOutcome(await explain(error), true),
  );
  return last;
}

/**
 * Explains an error in helpful words: after a stop or a fresh start, the server's own error is only an unknown key.
 * @param {unknown} error
 */
async function explain(error) {
  try {
    if (await demoIsGone()) return "Sunroom has begun anew since this page was loaded. Load it again.";
  } catch (failed) {
    // fetch throws this if nothing answers.
    if (failed instanceof TypeError) return "Sunroom does not answer. Start it again with npm start.";
  }
  return error instanceof Error ? error.message : String(error);
}

/**
 * Does the work of a click, and shows its outcome.
 * @param {HTMLElement} clicked
 * @param {() => Promise<Made>} work
 * @param {boolean} withSdk
 */
async function run(clicked, work, withSdk) {
  const way = clicked.closest("form") ?? clicked;
  if (way.classList.contains("busy")) return;
  way.classList.add("busy");
  /** @type {Exchange[]} */
  const requests = [];
  await serialize(async () => {
    await ready();
    const made = await record(requests, work);
    await showRecords(made.userId);
    if (made.chat) showChat(made.chat);
    showOutcome(made.outcome, made.failed);
  });
  showRequests(withSdk ? [...opening, ...requests] : requests);
  showSession();
  byId("again").toggleAttribute("disabled", !wasDelivered());
  way.classList.remove("busy");
  lookForEvents();
  lookAtChat();
  const result = byId("result");
  if (result.contains(way) || way.id === "answer") return;
  result.scrollTop = 0;
  showBelow(way);
}

/**
 * Repeats the outcome below the button, where a narrow page has the records far from it: nothing moves under a thumb.
 * @param {Element} way
 */
function showBelow(way) {
  for (const before of document.querySelectorAll(".came")) before.remove();
  const text = byId("outcome").textContent ?? "";
  way.append(element("p", { class: "came" }, `${text} `, element("a", { href: "#result" }, "See the records")));
}

/** @param {string} outcome @param {boolean} [failed] */
function showOutcome(outcome, failed = false) {
  byId("outcome").textContent = outcome;
  byId("outcome").classList.toggle("failed", failed);
}

/** @param {readonly Exchange[]} exchanges */
function showRequests(exchanges) {
  const title = exchanges.length === 1 ? "The request it took" : "The requests it took";
  const views = exchanges.map(exchangeView);
  byId("requests").replaceChildren(...(views.length ? [element("h3", {}, title), ...views] : []));
}

/** @param {string} userId */
async function showRecords(userId) {
  const writing = document.activeElement?.closest(".reply") !== null;
  byId("records").replaceChildren(...(await userViews(userId, (conversationId) => replyForm(conversationId, userId))));
  // The field that has the focus is replaced by a new one.
  if (writing) byId("reply").focus();
}

/** @param {string} conversationId @param {string} userId */
function replyForm(conversationId, userId) {
  const form = element(
    "form",
    { class: "reply" },
    element(
      "label",
      { class: "field" },
      "Reply as the business",
      element("input", { id: "reply", name: "text", required: "", maxlength: "4096", autocomplete: "off" }),
    ),
    element("button", { type: "submit" }, "Send"),
  );
  onSubmit(form, async (fields) => {
    const author = { type: "business", displayName: "Sunroom" };
    const content = { type: "text", text: fields.get("text") };
    const { status, body } = await api("POST", `/conversations/${conversationId}/messages`, { author, content });
    if (status !== 201) throw new Error(body.errors[0].title);
    return { userId, outcome: "The business replied; an SDK sees it at its next poll." };
  });
  return form;
}

/**
 * @param {HTMLFormElement} form
 * @param {(fields: FormData) => Promise<Made>} work
 * @param {boolean} [withSdk]
 */
function onSubmit(form, work, withSdk = false) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void run(form, () => work(new FormData(form)), withSdk);
  });
}

/** Shows the visitor whom this browser remembers, if there is one. */
async function resume() {
  await ready();
  if (!Smooch.getUser()) return;
  await showRecords(sdkUserId());
  showOutcome("The visitor this browser remembers.");
}

async function startOver() {
  await ready();
  await Smooch.logout();
  Smooch.destroy();
  for (const name of Object.keys(localStorage)) if (name.startsWith(integrationId)) localStorage.removeItem(name);
  opened = undefined;
  await ready();
  byId("requests").replaceChildren();
  byId("records").replaceChildren(nothing);
  showOutcome("This browser is a new visitor’s.");
}

const nothing = byId("nothing");
const names = ["Ada", "Amara", "Chidi", "Elif", "Hana", "Ines", "Jonas", "Leila", "Mateo", "Noor", "Priya", "Yuki"];
/** @param {readonly string[]} list */
const anyOf = (list) => list[Math.floor(Math.random() * list.length)] ?? "";
const number = String(Math.floor(1000 + Math.random() * 9000));
const suggestion = `${anyOf(names).toLowerCase()}-${number}`;

/** @param {string} id */
const form = (id) => /** @type {HTMLFormElement} */ (byId(id));
for (const input of document.querySelectorAll("input[name=externalId]")) input.setAttribute("value", suggestion);
document.querySelector("input[name=name]")?.setAttribute("value", `${anyOf(names)} ${number}`);
onSubmit(form("way1"), createUser);
onSubmit(form("way2"), deliver);
onSubmit(form("answer"), async (fields) => {
  const made = await answerInChat(fields);
  form("answer").reset();
  return made;
});
onSubmit(form("way3"), startConversation, true);
onSubmit(form("way4"), logIn, true);
byId("again").addEventListener("click", () => void run(byId("again"), deliverAgain, false));
byId("over").addEventListener("click", () => void serialize(startOver));
void serialize(resume);
startEvents({ ready, serialize, explain });
startInspector();
