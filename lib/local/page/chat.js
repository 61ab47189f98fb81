import { chatLines, linesView } from "./chatLines.js";
import { api, appId, watch } from "./demo.js";
import { render } from "./lit.js";

/**
 * A person on a channel, whose chat is shown. @typedef {{ userId: string, integrationId: string, title: string }} Person
 */

/** Milliseconds from one look to the next: at first, and the more the longer nothing was new. */
const soonest = 400;
const latest = 8000;

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {Person | undefined} */
let person;
/** The id of the conversation that is shown. */
let conversationId = "";
/** The lines that are shown, as JSON. */
let shown = "";

/** @param {Person} of */
async function readLines({ userId, integrationId }) {
  const { conversations } = await watch(`/conversations?filter[userId]=${userId}`);
  if (conversations.length === 0) return [];
  conversationId = conversations[0].id;
  const { messages } = await watch(`/conversations/${conversationId}/messages`);
  return chatLines(appId(), conversationId, messages, [integrationId]);
}

let pause = soonest;
let looking = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** Looks for news of the chat now, and often for a while. */
export function lookAtChat() {
  pause = soonest;
  clearTimeout(timer);
  if (person && !document.hidden && !looking) void lookOnce();
}

async function lookOnce() {
  looking = true;
  const of = person;
  try {
    const lines = of ? await readLines(of) : [];
    const json = JSON.stringify(lines);
    if (of === person && json !== shown) {
      render(linesView(lines), byId("said"));
      shown = json;
      pause = soonest;
    } else pause = Math.min(latest, pause * 1.5);
  } catch {
    // The next click says that the server is gone, or began anew.
    pause = latest;
  }
  looking = false;
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(lookOnce, of === person ? pause : 0);
}

/** Shows the chat of a person on a channel. @param {Person} of */
export function showChat(of) {
  if (person?.userId !== of.userId || person.integrationId !== of.integrationId) {
    render(linesView([]), byId("said"));
    shown = "";
  }
  person = of;
  byId("chatTitle").textContent = of.title;
  byId("chat").hidden = false;
  lookAtChat();
}

/**
 * Writes as the business in the chat.
 * @param {FormData} form
 * @returns {Promise<{ userId: string, outcome: string }>}
 */
export async function answerInChat(form) {
  if (!person) throw new Error("There is no chat yet.");
  const { userId } = person;
  const author = { type: "business", displayName: "Sunroom" };
  const content = { type: "text", text: form.get("text") };
  const { status, body } = await api("POST", `/conversations/${conversationId}/messages`, { author, content });
  if (status !== 201) throw new Error(body.errors[0].title);
  return {
    userId,
    outcome: "The business answered, and the channel is told: the chat shows what, and what came of it.",
  };
}

document.addEventListener("visibilitychange", lookAtChat);
