import { render } from "../lit.js";
import { startSkipping } from "../skip.js";
import { apps } from "./apps.js";
import { chats } from "./chats.js";
import { deadLetters } from "./deadLetters.js";
import { events } from "./events.js";
import { html, note, toggled } from "./parts.js";
import { get, look } from "./reading.js";
import { requests } from "./requests.js";
import { users } from "./users.js";

/** @typedef {import("./reading.js").Fields} Fields */
/** @typedef {import("../lit-html/lit-html.js").TemplateResult} Template */
/**
 * What is looked at: of which app, which record, found by which text. `act` does the work of a click, says why if it
 * fails, and looks again. @typedef {{ name: string, appId: string, id: string, search: string, apps: Fields[], act: (work:
 * () => Promise<unknown>) => Promise<void> }} Place
 */
/**
 * A view of the inspector: what it reads, and how that is shown. @typedef {{ title: string, searchable?: string, read:
 * (place: Place) => Promise<Fields>, show: (data: Fields, place: Place) => Template }} View
 */

/** Milliseconds between looks whether anything has changed; where reading takes long, this many times as long. */
const pause = 1000;
const rest = 5;

/** @type {Readonly<Record<string, View>>} */
const views = { apps, users, conversations: chats, events, requests, "dead-letters": deadLetters };

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** The chosen app, the apps there are, and the text of the search. */
let appId = "";
/** @type {Fields[]} */
let known = [];
let search = "";
/** The changes of the server that are shown; another number means that there is news. */
let shown = -1;
/** What is said about the last click, or about a server that does not answer. */
let told = "";
/** What was read last, and of which address it is. @type {Fields | undefined} */
let data;
let dataOf = "";
/** Counts the looks, so that an answer that comes late is dropped. */
let looks = 0;

/** Reads the place from the address, as `#/<appId>/<view>/<id>`; `undefined` if it is of the first screen. */
function placeOf() {
  const [, app = "", name = "", id = ""] = location.hash.split("/");
  if (!location.hash.startsWith("#/") || !(name in views)) return undefined;
  return { name, app: app === "-" ? "" : app, id: decodeURIComponent(id) };
}

/** @returns {Place | undefined} */
function present() {
  const place = placeOf();
  return place && { name: place.name, appId, id: place.id, search, apps: known, act };
}

/** @param {() => Promise<unknown>} work */
async function act(work) {
  try {
    await work();
    told = "";
  } catch (error) {
    told = error instanceof Error ? error.message : String(error);
  }
  await read();
}

/** Reads what the view shows, and shows it. */
async function read() {
  const look = ++looks;
  const { hash } = location;
  try {
    const found = await readView();
    if (look !== looks) return;
    data = found;
    dataOf = hash;
    if (told === gone) told = "";
  } catch (error) {
    if (look !== looks) return;
    // fetch throws a TypeError if nothing answers.
    told = error instanceof TypeError ? gone : String(error instanceof Error ? error.message : error);
    data = undefined;
  }
  draw();
}

/** Reads the apps, and what the view shows of the chosen one; `undefined` where there is none to choose. */
async function readView() {
  known = (await get("/v2/apps?page[size]=100")).apps;
  const asked = placeOf()?.app;
  appId = known.find(({ id }) => id === asked)?.id ?? known[0]?.id ?? "";
  const place = present();
  const needsApp = place && !["apps", ...ofAllApps].includes(place.name);
  return place && (appId || !needsApp) ? views[place.name]?.read(place) : undefined;
}

/** The views of what is not of one app. */
const ofAllApps = ["requests", "dead-letters"];

const gone = "Sunroom does not answer. Start it again with npm start.";

/** Shows the view, and points the navigation at the chosen app. */
function draw() {
  const place = present();
  const view = place && views[place.name];
  byId("first").hidden = view !== undefined;
  byId("inspector").hidden = view === undefined;
  for (const link of document.querySelectorAll("nav a[data-view]")) {
    const name = link.getAttribute("data-view") ?? "";
    if (name !== "ways") link.setAttribute("href", `#/${appId || "-"}/${name}`);
    if (name === (place?.name ?? "ways")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = view ? `Sunroom: ${view.title}` : firstTitle;
  if (view && place) render(frame(view, place), byId("inspector"));
}

const firstTitle = document.title;

/** @param {View} view @param {Place} place */
function frame(view, place) {
  const ofApp = !ofAllApps.includes(place.name);
  return html`
    <div class="bar">
      <h1 tabindex="-1">${place.id ? html`<a href="#/${appId}/${place.name}">${view.title}</a>` : view.title}</h1>
      ${ofApp && known.length > 0 ? chooser(place) : ""}
      ${view.searchable && !place.id ? searchField(view.searchable) : ""}
    </div>
    <p class="told" role="status">${told}</p>
    <div class="view">
      ${data && dataOf === location.hash ? view.show(data, place) : told ? "" : known.length === 0 ? note("No app yet. The first of the four ways makes one.") : note("Looking…")}
    </div>`;
}

/** @param {Place} place */
function chooser({ name }) {
  const choose = (/** @type {Event} */ { currentTarget }) => {
    location.hash = `#/${/** @type {HTMLSelectElement} */ (currentTarget).value}/${name}`;
  };
  return html`<label class="field">App
    <select @change=${choose}>
      ${known.map(({ id, displayName }) => html`<option value=${id} ?selected=${id === appId}>${displayName}</option>`)}
    </select></label>`;
}

/** @param {string} what */
function searchField(what) {
  const look = (/** @type {Event} */ { currentTarget }) => {
    search = /** @type {HTMLInputElement} */ (currentTarget).value;
    void read();
  };
  return html`<label class="field search">Search <span class="hint">${what}</span>
    <input type="search" .value=${search} autocomplete="off" autocapitalize="none" spellcheck="false" @input=${look}></label>`;
}

/** Goes to what the address says; the heading gets the focus, so that a reader hears where it is. */
async function go() {
  data = undefined;
  told = "";
  search = "";
  draw();
  if (!placeOf()) return;
  window.scrollTo(0, 0);
  byId("inspector").querySelector("h1")?.focus();
  await read();
}

/** Looks again and again whether there is news, while the view is seen. */
async function watch() {
  const started = performance.now();
  if (placeOf() && !document.hidden) {
    try {
      const { changes } = await look("/local/inspector/changes");
      if (changes !== shown || told === gone) {
        shown = changes;
        await read();
      }
    } catch {
      told = gone;
      draw();
    }
  }
  setTimeout(watch, Math.max(pause, (performance.now() - started) * rest));
}

/** Starts the inspector beside the first screen. */
export function startInspector() {
  startSkipping();
  window.addEventListener("hashchange", () => void go());
  document.addEventListener(toggled, draw);
  void go();
  void watch();
}
