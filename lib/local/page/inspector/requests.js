import { curlOf, headOf, shortPath } from "../exchanges.js";
import { repeat } from "../lit.js";
import { block, clock, counted, html, note, opened, status } from "./parts.js";
import { look } from "./reading.js";

/** @typedef {import("./inspector.js").View} View */
/** @typedef {import("./reading.js").Fields} Fields */

/** Every request of the API since the server started, of all apps. @type {View} */
export const requests = {
  title: "Requests",
  searchable: "Method, path, operation or status",
  async read({ search }) {
    const { requests } = await look("/local/inspector/requests");
    const wanted = search.trim().toLowerCase();
    const textOf = (/** @type {Fields} */ one) =>
      `${one.method} ${one.path} ${one.operation} ${one.response?.status}`.toLowerCase();
    return { requests: requests.filter((/** @type {Fields} */ one) => textOf(one).includes(wanted)) };
  },
  show({ requests }, { search }) {
    if (requests.length === 0)
      return note(
        search ? `No request has “${search}”.` : "No request since the server started: its log begins with it.",
      );
    return html`${counted(requests.length, requests.length, "request")}
      ${repeat(requests, ({ sequence }) => sequence, requestView)}`;
  },
};

/** @param {Fields | undefined} headers @returns {[string, string][]} */
const pairs = (headers = {}) => Object.entries(headers);

/** Headers of the connection, which a command makes anew. */
const ofConnection = /^(host|connection|content-length|accept-encoding|transfer-encoding|keep-alive|sec-.*)$/;

/** Shows bytes that are no text by their number. @param {any} body @returns {string} */
const textOfBody = (body) =>
  body?.base64 === undefined ? (body ?? "") : `(${Math.floor((body.base64.length * 3) / 4)} bytes)`;

/** @param {Fields} request */
function requestView({ sequence, at, method, path, query, headers, body, operation, response, milliseconds, faultId }) {
  const exchange = {
    ...{ method, body: typeof body === "string" ? body : "", path: query ? `${path}?${query}` : path },
    headers: pairs(headers).filter(([name]) => !ofConnection.test(name)),
    ...{ status: response?.status ?? 0, answer: textOfBody(response?.body) },
  };
  return opened(
    `request ${sequence}`,
    html`${clock(at)}<span class="method">${method}</span><span class="path">${shortPath(exchange.path)}</span>
      <span class="does">${milliseconds} ms</span>${status(String(response?.status ?? "broken"), (response?.status ?? 500) < 400)}`,
    () => html`
      <button type="button" @click=${(/** @type {Event} */ event) => copy(event, curlOf(exchange))}>Copy as curl</button>
      <p class="does">${operation ?? "no operation"}${faultId === undefined ? "" : `, by the fault ${faultId}`}</p>
      ${block("Request", headOf(exchange))} ${textOfBody(body) ? block("Body", textOfBody(body)) : ""}
      ${block(`Answer, ${response?.status ?? "none"}`, exchange.answer)}`,
  );
}

/** @param {Event} event @param {string} text */
async function copy({ currentTarget }, text) {
  const button = /** @type {HTMLElement} */ (currentTarget);
  const done = await navigator.clipboard.writeText(text).then(
    () => "Copied, with its secrets",
    () => "The browser does not let us copy",
  );
  const label = /** @type {Text} */ (button.firstChild);
  label.data = done;
  setTimeout(() => {
    label.data = "Copy as curl";
  }, 2500);
}
