import { BadInput, type Fields, localAction, optionalText, textOf } from "../localAction.ts";
import { isFromHere } from "../ownPage.ts";
import type { Page } from "../server.ts";
import type { Outbox } from "./openOutbox.ts";
import { type OutboxEntry, stateOfEntry } from "./outboxEntry.ts";
import { channelOf, readScript, stateOf } from "./scriptedAnswer.ts";

export type OutboxCalls = ReturnType<typeof outboxCalls>;

/** Makes what the page, the command line and tests may ask of the outbox. */
export function outboxCalls(outbox: Outbox) {
  return {
    list: (fields: Fields) => ({
      entries: outbox.list().filter(wanted(fields)).map(shown),
      answers: outbox.scripts(),
    }),
    script: (fields: Fields) => {
      outbox.script(readScript(fields));
      return { answers: outbox.scripts() };
    },
    /** Reports about the entry that is named, else about the latest message. */
    async report(fields: Fields) {
      const state = stateOf(fields.state);
      const entry = reportedEntry(outbox, fields);
      if (!entry.message)
        throw new BadInput(`The entry ${entry.id} shows no message, of which a channel would report.`);
      const status = await outbox.report(entry, state);
      if (status === undefined) throw new BadInput(`${entry.channel} has no report that a message is ${state}.`);
      return { status, entry: shown(outbox.find(entry.id) ?? entry) };
    },
    clear: () => {
      const cleared = outbox.list().length;
      outbox.clear();
      return { cleared };
    },
  };
}

function reportedEntry(outbox: Outbox, fields: Fields): OutboxEntry {
  const id = optionalText(fields, "entryId");
  if (id === undefined) {
    const latest = outbox
      .list()
      .filter(wanted(fields))
      .findLast(({ message }) => message);
    if (!latest) throw new BadInput("There is no such message in the outbox.");
    return latest;
  }
  const entry = outbox.find(id);
  if (!entry) throw new BadInput(`There is no entry ${id} in the outbox.`);
  return entry;
}

/** Makes the pages and the actions by which the page, the command line and tests read the outbox and tell it what to do. */
export function outboxActions(calls: OutboxCalls): {
  readonly pages: Readonly<Record<string, Page>>;
  readonly actions: Readonly<Record<string, Page>>;
} {
  return {
    pages: { "/local/outbox": localAction(isFromHere, (_, fields) => calls.list(fields)) },
    actions: {
      "/local/outbox/answers": localAction(isFromHere, (_, fields) => calls.script(fields)),
      "/local/outbox/receipts": localAction(isFromHere, (_, fields) => {
        textOf(fields, "entryId");
        return calls.report(fields);
      }),
      "/local/outbox/clear": localAction(isFromHere, () => calls.clear()),
    },
  };
}

const shown = (entry: OutboxEntry) => ({ ...entry, state: stateOfEntry(entry) });

/** Makes the filter that a query asks for. @throws BadInput that names a field */
function wanted(fields: Fields): (entry: OutboxEntry) => boolean {
  const channel = channelOf(fields);
  const integrationId = optionalText(fields, "integrationId");
  const personId = optionalText(fields, "personId");
  return (entry) =>
    (channel === undefined || entry.channel === channel) &&
    (integrationId === undefined || entry.integrationIds.includes(integrationId)) &&
    (personId === undefined || entry.message?.personId === personId);
}
