import type { OutboxEntry } from "./outboxEntry.ts";
import { isFor, type ScriptedAnswer } from "./scriptedAnswer.ts";

/** Number of entries that are kept; the oldest go first. */
const keptEntries = 1000;

/** Keeps the entries of an outbox, and what is to be done with its next requests, as long as this process runs. */
export function outboxStore() {
  let entries: readonly OutboxEntry[] = [];
  let scripts: readonly ScriptedAnswer[] = [];
  return {
    /** Lists what came, the oldest first. */
    list: (): readonly OutboxEntry[] => entries,
    find: (id: string): OutboxEntry | undefined => entries.find((entry) => entry.id === id),
    add: (entry: OutboxEntry): void => {
      entries = [...entries, entry].slice(-keptEntries);
    },
    /** Changes an entry, unless it was forgotten meanwhile. */
    change: (id: string, changed: (entry: OutboxEntry) => OutboxEntry): void => {
      entries = entries.map((entry) => (entry.id === id ? changed(entry) : entry));
    },
    /** Lists what is to be done with the next requests. */
    scripts: (): readonly ScriptedAnswer[] => scripts,
    /** Does as told with the next requests, after what was told before. */
    script: (next: ScriptedAnswer): void => {
      scripts = [...scripts, next];
    },
    /** Takes the first script that is for a request; it is used up by one. */
    take: (entry: OutboxEntry): ScriptedAnswer | undefined => {
      const found = scripts.find((script) => isFor(script, entry));
      scripts = scripts.flatMap((script) => {
        if (script !== found) return [script];
        return script.times > 1 ? [{ ...script, times: script.times - 1 }] : [];
      });
      return found;
    },
    /** Forgets everything, also what was to be done. */
    clear: (): void => {
      entries = [];
      scripts = [];
    },
  };
}
