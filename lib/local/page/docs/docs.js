import { html, render } from "../lit.js";
import { startSkipping } from "../skip.js";
import { openDemo } from "./credentials.js";
import { operationView } from "./operation.js";

/** @typedef {import("./operation.js").Operation} Operation */
/** @typedef {import("./operation.js").Exchange} Exchange */
/** @typedef {import("./schema.js").Schema} Schema */

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const description = await fetch("/openapi.json").then((response) => response.json());
/** @type {Operation[]} */
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, one]) => readOperation(path, method, one)),
);

/** @param {string} path @param {string} method @param {Schema} one @returns {Operation} */
function readOperation(path, method, one) {
  const [type, content] = Object.entries(one.requestBody?.content ?? {})[0] ?? [];
  return {
    ...{ id: one.operationId, method: method.toUpperCase(), path, tag: one.tags?.[0] ?? "other" },
    ...{ summary: one.summary ?? one.operationId, description: one.description, scopes: one["x-scopes"] ?? [] },
    parameters: one.parameters ?? [],
    ...(type && content ? { body: { type, schema: content.schema ?? {}, example: content.example } } : {}),
    responses: Object.entries(one.responses ?? {}),
  };
}

/** Finds what a reference of the description names. @param {string} reference @returns {Schema} */
const find = (reference) =>
  reference
    .replace("#/", "")
    .split("/")
    .reduce((place, name) => place?.[name], description) ?? {};

/** @type {import("./credentials.js").Demo | undefined} */
let demo;
let search = "";
/** @type {Exchange | Error | undefined} */
let answer;

const present = () => operations.find(({ id }) => `#${id}` === location.hash);

/** @param {Operation} operation */
const isFound = ({ id, method, path, summary, tag }) =>
  search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => `${id} ${method} ${path} ${summary} ${tag}`.toLowerCase().includes(word));

function drawNavigation() {
  const found = operations.filter(isFound);
  const tags = [...new Set(found.map(({ tag }) => tag))];
  byId("found").textContent = `${found.length} of ${operations.length} operations`;
  render(
    tags.map(
      (tag) => html`<h2>${tag}</h2>
        <ul>
          ${found
            .filter((one) => one.tag === tag)
            .map(
              ({
                id,
                method,
                summary,
              }) => html`<li><a href="#${id}" aria-current=${`#${id}` === location.hash ? "page" : "false"}>
                <span class="method">${method}</span> ${summary}</a></li>`,
            )}
        </ul>`,
    ),
    byId("operations"),
  );
}

function draw() {
  const operation = present();
  byId("guide").hidden = operation !== undefined;
  byId("operation").hidden = operation === undefined;
  document.title = `Sunroom: ${operation ? operation.summary : "API documentation"}`;
  // One operation's form is not the next one's.
  const view = operation
    ? operationView(operation, {
        ...{ demo, find, answer },
        tell: (told) => {
          if (operation === present())
            answer = told instanceof TypeError ? new Error("Sunroom does not answer.") : told;
          draw();
        },
      })
    : "";
  render(view, byId("operation"));
  drawNavigation();
}

/** Goes to what the address names: an operation, or a part of the guide. */
function go() {
  answer = undefined;
  render("", byId("operation"));
  draw();
  if (present()) {
    window.scrollTo(0, 0);
    byId("operation").querySelector("h1")?.focus({ preventScroll: true });
  } else if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  byId("contents").toggleAttribute("open", matchMedia("(width >= 60rem)").matches);
}

byId("search").addEventListener("input", ({ currentTarget }) => {
  search = /** @type {HTMLInputElement} */ (currentTarget).value;
  drawNavigation();
});
startSkipping();
window.addEventListener("hashchange", go);
go();
demo = await openDemo().catch(() => undefined);
draw();
