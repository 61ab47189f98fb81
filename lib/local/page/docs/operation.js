import { curlOf, readable } from "../exchanges.js";
import { block } from "../inspector/parts.js";
import { html } from "../lit.js";
import { authorizationOf, choices, firstChoice } from "./credentials.js";
import { fieldsView } from "./schema.js";

/** @typedef {import("./credentials.js").Demo} Demo */
/** @typedef {import("./schema.js").Schema} Schema */
/**
 * An operation of the description. @typedef {{ id: string, method: string, path: string, tag: string, summary: string,
 * description?: string, scopes: string[], parameters: Schema[], body?: { type: string, schema: Schema, example?: unknown
 * }, responses: [string, Schema][] }} Operation
 */
/** What was sent and what came. @typedef {import("../exchanges.js").Exchange} Exchange */
/**
 * What an operation is shown with. @typedef {{ demo: Demo | undefined, find: (reference: string) => Schema, answer:
 * Exchange | Error | undefined, tell: (answer: Exchange | Error) => void }} Shown
 */

/** @type {Readonly<Record<string, string>>} */
const callers = {
  account: "an account key (act_)",
  app: "an app’s key (app_)",
  integration: "a custom integration’s key (int_)",
  user: "a user token",
  session: "an SDK’s session",
  anyone: "anyone",
};

/** Shows an operation: who may call it, what it takes and answers, and a form that calls it. @param {Operation} operation @param {Shown} shown */
export function operationView(operation, shown) {
  const { id, method, path, summary, description, scopes, parameters, body, responses } = operation;
  return html`
    <h1 tabindex="-1">${summary}</h1>
    <p class="signature"><span class="method">${method}</span> <code>${path}</code></p>
    ${description ? html`<p>${description}</p>` : ""}
    <p class="does">${id}. May be called by ${scopes.length > 0 ? scopes.map((scope) => callers[scope] ?? scope).join(", ") : "anyone"}:
      see <a href="#authentication">Authentication</a>.</p>
    ${
      parameters.length > 0
        ? html`<h2>Parameters</h2>
            <ul class="fields">
              ${parameters.map(
                (one) => html`<li><code class="name">${one.name}</code>
                  <span class="type">in the ${one.in}${one.required ? ", required" : ""}</span>
                  ${one.description ? html`<span class="description">${one.description}</span>` : ""}</li>`,
              )}
            </ul>`
        : ""
    }
    ${body ? html`<h2>Body</h2><p class="does">${body.type}</p>${fieldsView(body.schema, shown.find)}` : ""}
    <h2>Answers</h2>
    ${responses.map(([status, { description, content }]) => {
      const schema = Object.values(content ?? {})[0]?.schema;
      return html`<h3>${status}: ${description}</h3>${schema ? fieldsView(schema, shown.find) : ""}`;
    })}
    ${tryView(operation, shown)}`;
}

/** @param {Operation} operation @param {Shown} shown */
function tryView(operation, { demo, answer, tell }) {
  const { parameters, body, scopes } = operation;
  if (!demo) return html`<p class="does">“Try it” waits for the demo app.</p>`;
  if (body && body.type !== "application/json")
    return html`<p class="does">It takes ${body.type}, which this page does not send.</p>`;
  const first = firstChoice(scopes);
  const send = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    exchange(operation, demo, new FormData(form)).then(tell, tell);
  };
  const named = parameters.filter(
    (one) => one.schema && (one.in === "path" || one.in === "query" || one.in === "header"),
  );
  return html`<h2>Try it</h2>
    <form class="card way try-it" @submit=${send}>
      ${named.map(
        (
          one,
        ) => html`<label class="field">${one.name} <span class="hint">in the ${one.in}${one.required ? "" : ", optional"}</span>
          <input name=${`${one.in} ${one.name}`} ?required=${one.required} autocomplete="off" autocapitalize="none" spellcheck="false"
            value=${one.name === "appId" ? demo.appId : one.name === "integrationId" ? demo.integrationId : ""}></label>`,
      )}
      ${
        body
          ? html`<label class="field">Body
              <textarea name="body" rows="10" spellcheck="false" .defaultValue=${JSON.stringify(body.example ?? {}, null, 2)}></textarea></label>`
          : ""
      }
      <label class="field">Authenticate with
        <select name="choice">
          ${Object.entries(choices).map(([value, label]) => html`<option value=${value} ?selected=${value === first}>${label}</option>`)}
        </select></label>
      <label class="field">Authorization <span class="hint">for a header of your own, such as Bearer and a token</span>
        <input name="own" autocomplete="off" autocapitalize="none" spellcheck="false"></label>
      <div class="buttons"><button class="main" type="submit">Send</button></div>
    </form>
    <div role="status">${answer ? answerView(answer) : ""}</div>`;
}

/** @param {Exchange | Error} answer */
function answerView(answer) {
  if (answer instanceof Error) return html`<p class="failed">${answer.message}</p>`;
  return html`<p><strong class=${answer.status < 400 ? "status" : "status failed"}>${answer.status}</strong></p>
    ${block("Answer", readable(answer.answer))} ${block("As curl, with the secrets hidden", hidden(curlOf(answer)))}
    <button type="button" @click=${() => navigator.clipboard.writeText(curlOf(answer))}>Copy as curl, with the secrets</button>`;
}

/** @param {string} command */
const hidden = (command) =>
  command.replace(/(-u '[^:']*:)[^']+'/, "$1••••••••'").replace(/(authorization: \w+ )[^']+'/, "$1••••••••'");

/**
 * Calls the operation as the form says.
 * @param {Operation} operation
 * @param {Demo} demo
 * @param {FormData} form
 * @returns {Promise<Exchange>}
 */
async function exchange({ method, path, body: takes }, demo, form) {
  const query = new URLSearchParams();
  let target = path;
  /** @type {[string, string][]} */
  const headers = [];
  for (const [name, entry] of form) {
    const [place = "", parameter = ""] = name.split(" ");
    const value = String(entry);
    if (place === "path") target = target.replace(`{${parameter}}`, encodeURIComponent(value));
    else if (place === "query" && value !== "") query.set(parameter, value);
    else if (place === "header" && value !== "") headers.push([parameter, value]);
  }
  const choice = /** @type {import("./credentials.js").Choice} */ (form.get("choice"));
  const authorization = await authorizationOf(choice, demo, String(form.get("own")));
  if (authorization) headers.push(["authorization", authorization]);
  const body = takes ? String(form.get("body")) : "";
  if (takes) headers.push(["content-type", takes.type]);
  const whole = query.size > 0 ? `${target}?${query}` : target;
  const response = await fetch(whole, { method, headers, ...(takes ? { body } : {}) });
  return { method, path: whole, headers, body, status: response.status, answer: await response.text() };
}
