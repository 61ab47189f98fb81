import { ask } from "../demo.js";
import { repeat } from "../lit.js";
import { block, clock, counted, html, note, opened } from "./parts.js";
import { look } from "./reading.js";

/** @typedef {import("./inspector.js").View} View */
/** @typedef {import("./reading.js").Fields} Fields */

/** What could not be done, of all apps; each can be tried again, where a queue takes it. @type {View} */
export const deadLetters = {
  title: "Dead letters",
  searchable: "Anything in it",
  async read({ search }) {
    const { letters } = await look("/local/inspector/dead-letters");
    const wanted = search.trim().toLowerCase();
    return {
      letters: letters.filter((/** @type {Fields} */ one) => JSON.stringify(one).toLowerCase().includes(wanted)),
    };
  },
  show({ letters }, place) {
    if (letters.length === 0 && place.search) return note(`No dead letter has “${place.search}”.`);
    if (letters.length === 0)
      return note("None: all that came was stored, and all that was told arrived, or is tried again.");
    return html`${counted(letters.length, letters.length, "dead letter")}
      ${repeat(
        letters,
        ({ kind, name }) => `${kind} ${name}`,
        (letter) => letterView(letter, place),
      )}`;
  },
};

/** Says in a word why it failed, where the letter has it. @param {any} content */
function reasonOf(content) {
  const [one] = Array.isArray(content) ? content : [content];
  const last = one?.body?.attempts?.at(-1);
  return one?.reason ?? (last ? String(last.status ?? last.error) : (one?.body?.kind ?? ""));
}

/** @param {Fields} letter @param {import("./inspector.js").Place} place */
function letterView({ kind, name, at, content, canReplay }, { act }) {
  const replay = () => act(() => ask("/local/inspector/replay", { kind, name }));
  return opened(
    `${kind} ${name}`,
    html`${clock(at)}<span class="method">${kind}</span><span class="path">${reasonOf(content)}</span>`,
    () => html`
      <button type="button" ?disabled=${!canReplay} @click=${replay}>Replay</button>
      ${canReplay ? "" : note("Nothing could read it, so that no replay makes anything of it: it is for you to look at.")}
      ${block("Content", content)}`,
  );
}
