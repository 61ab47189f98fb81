import { ask } from "../demo.js";
import { watching } from "../exchanges.js";

/** @typedef {Readonly<Record<string, any>>} Fields The fields of a record of the API, or of what the server knows beside it. */

/** The account's key, which may read every app. @type {Promise<{ id: string, secret: string }> | undefined} */
let account;

/** Asks for the account's key once; after a failure, the next call asks again. */
export function accountKey() {
  account ??= ask("/local/inspector/account", {}).catch((error) => {
    account = undefined;
    throw error;
  });
  return /** @type {Promise<{ id: string, secret: string }>} */ (account);
}

/**
 * Calls the API as the account's owner, and throws its error in its own words. What only reads is not listed among the
 * requests.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<Fields>}
 */
export async function call(method, path, body) {
  const { id, secret } = await accountKey();
  const response = await fetch(path, {
    method,
    headers: {
      authorization: `Basic ${btoa(`${id}:${secret}`)}`,
      ...(method === "GET" ? { [watching]: "page" } : {}),
      ...(body ? { "content-type": "application/json" } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.errors?.[0]?.title ?? `${path} was answered with ${response.status}.`);
  return answer;
}

/** @param {string} path */
export const get = (path) => call("GET", path);

/**
 * Reads what the local server knows beside the API.
 * @param {string} path
 * @param {Record<string, string>} [query]
 * @returns {Promise<Fields>}
 */
export async function look(path, query = {}) {
  const response = await fetch(`${path}?${new URLSearchParams(query)}`);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}
