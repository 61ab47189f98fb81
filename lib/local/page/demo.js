import { record, watching } from "./exchanges.js";

/** @typedef {import("./exchanges.js").Exchange} Exchange */
/** @typedef {import("./records.js").Fields} Fields */
/** @typedef {{ appId: string, key: { id: string, secret: string }, integrationId: string }} Demo */

/**
 * Calls an action of the local server.
 * @param {string} path
 * @param {object} fields
 */
export async function ask(path, fields) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(fields),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

/** The demo's app, its key and its web integration, once they are known. @type {Demo | undefined} */
let demo;

/** Makes the local server create the demo's app, or find it again. */
export async function openDemo() {
  /** @type {Demo} */
  const opened = await ask("/local/demo", {});
  demo = opened;
  return opened;
}

/** Tells whether the server has another demo by now, as after `npm start -- --fresh`. Throws if it does not answer. */
export async function demoIsGone() {
  const known = demo;
  if (!known) return false;
  /** @type {Demo} */
  const present = await ask("/local/demo", {});
  return present.key.id !== known.key.id;
}

/**
 * Calls the API as the business's server would, with the demo's key.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
export async function api(method, path, body) {
  const json = body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await call(path, { method, ...json });
  return { status: response.status, body: /** @type {Fields} */ (await response.json()) };
}

/**
 * Looks at a resource of the API again and again: neither the page nor the terminal lists such a request.
 * @param {string} path
 * @returns {Promise<Fields>}
 */
export async function watch(path) {
  const response = await call(path, { headers: { [watching]: "page" } });
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}.`);
  return response.json();
}

/** Answers the id of the page's app. */
export function appId() {
  if (!demo) throw new Error("There is no demo yet.");
  return demo.appId;
}

/** @param {string} path @param {RequestInit} init */
function call(path, init) {
  const id = appId();
  const authorization = `Basic ${btoa(`${demo?.key.id}:${demo?.key.secret}`)}`;
  return fetch(`/v2/apps/${id}${path}`, { ...init, headers: { authorization, ...init.headers } });
}

/**
 * Reads a resource of the API, and answers it with the exchange.
 * @param {string} path
 * @returns {Promise<{ body: Fields, exchange: Exchange }>}
 */
export async function read(path) {
  /** @type {Exchange[]} */
  const list = [];
  const { body } = await record(list, () => api("GET", path));
  const [exchange] = list;
  if (!exchange) throw new Error(`Nothing was read at ${path}.`);
  return { body, exchange };
}
