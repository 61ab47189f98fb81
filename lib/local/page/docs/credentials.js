import { ask } from "../demo.js";
import { accountKey } from "../inspector/reading.js";

/** @typedef {{ id: string, secret: string }} Key */
/** @typedef {{ appId: string, key: Key, integrationId: string }} Demo */

/** Opens the demo's app, whose key “Try it” uses. @returns {Promise<Demo>} */
export const openDemo = () => ask("/local/demo", {});

/** The ways to authenticate that “Try it” offers. */
export const choices = /** @type {const} */ ({
  app: "the demo app’s key",
  account: "the account key",
  none: "nothing",
  own: "a header of your own",
});

/** @typedef {keyof typeof choices} Choice */

/** Chooses what an operation is called with at first. @param {readonly string[]} scopes @returns {Choice} */
export function firstChoice(scopes) {
  if (scopes.includes("app")) return "app";
  if (scopes.includes("account")) return "account";
  return scopes.includes("anyone") || scopes.length === 0 ? "none" : "own";
}

/**
 * Makes the header of a call.
 * @param {Choice} choice
 * @param {Demo} demo
 * @param {string} own
 * @returns {Promise<string | undefined>}
 */
export async function authorizationOf(choice, demo, own) {
  if (choice === "none") return undefined;
  if (choice === "own") return own;
  const { id, secret } = choice === "account" ? await accountKey() : demo.key;
  return `Basic ${btoa(`${id}:${secret}`)}`;
}
