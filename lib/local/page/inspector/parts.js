import { readable } from "../exchanges.js";
import { html, nothing } from "../lit.js";

/** @typedef {import("./reading.js").Fields} Fields */
/** @typedef {import("../lit-html/lit-html.js").TemplateResult} Template */

/** @param {string | undefined} time */
export const dayAndTime = (time) =>
  time
    ? html`<time datetime=${time}>${new Date(time).toLocaleString([], { dateStyle: "medium", timeStyle: "medium" })}</time>`
    : "";

/** @param {string} time */
export const clock = (time) =>
  html`<time datetime=${time}>${new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" })}</time>`;

/**
 * Shows a text that can be scrolled, JSON in lines and without its secrets.
 * @param {string} title
 * @param {unknown} content
 */
export function block(title, content) {
  const text = typeof content === "string" ? readable(content) : readable(JSON.stringify(content));
  return html`<p class="part">${title}</p>
    <pre class="wrap" role="group" tabindex="0" aria-label=${title}><code>${text || "(empty)"}</code></pre>`;
}

/**
 * Lists facts; absent ones are left out.
 * @param {[string, unknown][]} facts
 */
export const facts = (facts) =>
  html`<dl>
    ${facts
      .filter(([, value]) => value !== undefined && value !== null && value !== "")
      .map(([name, value]) => html`<dt>${name}</dt><dd class=${/(^i|I)d$/.test(name) ? "id" : ""}>${value}</dd>`)}
  </dl>`;

/** @param {string} text */
export const note = (text) => html`<p class="none">${text}</p>`;

/**
 * Says how many there are, where not all are shown.
 * @param {number} shown
 * @param {number} found
 * @param {string} what
 */
export const counted = (shown, found, what) =>
  html`<p class="count">${found} ${what}${found === 1 ? "" : "s"}${shown < found ? `, the latest ${shown} of which are here` : ""}</p>`;

/** What is open, by its key. @type {Set<string>} */
const open = new Set();

/**
 * Shows something in a line that can be opened; what is inside is made only then.
 * @param {string} key
 * @param {Template} line
 * @param {() => Template} inside
 */
export function opened(key, line, inside) {
  const toggle = (/** @type {Event} */ { currentTarget }) => {
    const isOpen = /** @type {HTMLDetailsElement} */ (currentTarget).open;
    if (isOpen === open.has(key)) return;
    if (isOpen) open.add(key);
    else open.delete(key);
    document.dispatchEvent(new Event(toggled));
  };
  return html`<details class="exchange" ?open=${open.has(key)} @toggle=${toggle}>
    <summary>${line}</summary>
    <div class="parts">${open.has(key) ? inside() : ""}</div>
  </details>`;
}

/** The event of something that was opened or closed. */
export const toggled = "sunroom-toggled";

/** @param {string} text @param {boolean} isGood */
export const status = (text, isGood) => html`<span class=${isGood ? "status" : "status failed"}>${text}</span>`;

export { html, nothing };
