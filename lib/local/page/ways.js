import { api, ask } from "./demo.js";

/** @typedef {{ method: string, path: string, headers: Record<string, string>, body: string }} Delivery */
/**
 * The result of a way: the user whom to show, and a sentence about it. @typedef {{ userId: string, outcome: string,
 * failed?: boolean, chat?: { userId: string, integrationId: string, title: string } }} Made
 */

const { Smooch } = window;

/** Creates a user by an API call (way 1). @param {FormData} form @returns {Promise<Made>} */
export async function createUser(form) {
  const externalId = String(form.get("externalId"));
  const made = await api("POST", "/users", externalId ? { externalId } : {});
  if (made.status === 409) {
    const { body } = await api("GET", `/users/${encodeURIComponent(externalId)}`);
    const outcome = `409: “${made.body.errors[0].title}”. Nothing changed; this is who has that externalId.`;
    return { userId: body.user.id, outcome, failed: true };
  }
  if (made.status !== 201) throw new Error(made.body.errors[0].title);
  const { id } = made.body.user;
  const starts = form.get("conversation") !== null;
  if (starts) {
    const participants = [{ userId: id, subscribeSDKClient: false }];
    await api("POST", "/conversations", { type: "personal", participants });
  }
  const outcome = `A new user${starts ? ", and a conversation the business started" : ""}. Log in with the same externalId (way 4), and it is the same record.`;
  return { userId: id, outcome };
}

/** The last webhook that was sent. @type {Delivery | undefined} */
let delivered;
export const wasDelivered = () => delivered !== undefined;

/**
 * Sends a webhook as the channel does, and finds its user.
 * @param {Delivery} delivery
 * @returns {Promise<string>}
 */
async function send({ method, path, headers, body }) {
  const response = await fetch(path, { method, headers, body });
  if (!response.ok) throw new Error(`The webhook was answered with ${response.status}.`);
  const { userId } = await ask("/local/person", { path, headers, body });
  if (!userId) throw new Error("The webhook was acknowledged, but the message is not stored yet.");
  return userId;
}

/** Reads a channel's name for people. @param {unknown} channel */
const nameOf = (channel) => document.querySelector(`option[value="${channel}"]`)?.textContent ?? "";

/** Delivers a channel's message (way 2). @param {FormData} form @returns {Promise<Made>} */
export async function deliver(form) {
  const fields = Object.fromEntries(form);
  const delivery = /** @type {Delivery} */ (await ask("/local/delivery", fields));
  const userId = await send(delivery);
  delivered = delivery;
  const outcome = `The ${nameOf(form.get("channel"))} message is stored, and ${form.get("name")} is a user with a client and a conversation.`;
  const title = `${form.get("name")} on ${nameOf(form.get("channel"))}`;
  const integrationId = delivery.path.split("?")[0]?.split("/").at(-1) ?? "";
  return { userId, outcome, chat: { userId, integrationId, title } };
}

/** @returns {Promise<Made>} */
export async function deliverAgain() {
  if (!delivered) throw new Error("Nothing was delivered yet.");
  return {
    userId: await send(delivered),
    outcome: "Delivered once more, acknowledged, and nothing was added: the message was known.",
  };
}

/** Answers the id of the SDK's user. */
export function sdkUserId() {
  const user = Smooch.getUser();
  if (!user) throw new Error("The SDK has no user.");
  return user.id;
}

/** Starts a conversation with the SDK (way 3). @returns {Promise<Made>} */
export async function startConversation() {
  const before = Smooch.getUser()?.id;
  await Smooch.createConversation();
  const userId = sdkUserId();
  const outcome =
    before === userId
      ? "This browser had a user already; it is the same user and the same conversation."
      : "An anonymous user with a client and a conversation. Log in (way 4), and the visitor becomes that person.";
  return { userId, outcome };
}

/** Signs in with the SDK (way 4). @param {FormData} form @returns {Promise<Made>} */
export async function logIn(form) {
  const externalId = String(form.get("externalId"));
  const before = Smooch.getUser();
  const { token } = await ask("/local/token", { externalId });
  await Smooch.login(externalId, token);
  if (form.get("conversation") !== null) await Smooch.createConversation();
  const userId = sdkUserId();
  return { userId, outcome: loginOutcome(before, userId, externalId) };
}

/**
 * @param {{ id: string, externalId?: string } | undefined} before
 * @param {string} userId
 * @param {string} externalId
 */
function loginOutcome(before, userId, externalId) {
  if (before?.id === userId)
    return before.externalId
      ? `Still ${externalId}.`
      : `The visitor is now ${externalId}: the same id, the history kept.`;
  if (before && !before.externalId) return `The visitor was merged into ${externalId}, who has the conversation now.`;
  return `Signed in as ${externalId}: the record with that externalId was found, or made just now.`;
}
