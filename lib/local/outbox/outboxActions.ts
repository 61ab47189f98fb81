import { BadInput, type Fields, localAction, optionalText, textOf } from "../localAction.ts";
import { isFromHere } from "../ownPage.ts";
import type { Page } from "../server.ts";
import type { Outbox } from "./openOutbox.ts";
import { type OutboxEntry, stateOfEntry } from "./outboxEntry.ts";
import { channelOf, readScript, stateOf } from "./scriptedAnswer.ts";

/** Makes the pages and the actions by which the page, the command line and tests read the outbox and tell it what to do. */
export function outboxActions(outbox: Outbox): {
  readonly pages: Readonly<Record<string, Page>>;
  readonly actions: Readonly<Record<string, Page>>;
} {
  return {
    pages: {
      "/local/outbox": localAction(isFromHere, (_, fields) => ({
        entries: outbox.list().filter(wanted(fields)).map(shown),
        answers: outbox.scripts(),
      })),
    },
    actions: {
      "/local/outbox/answers": localAction(isFromHere, (_, fields) => {
        outbox.script(readScript(fields));
        return { answers: outbox.scripts() };
      }),
      "/local/outbox/receipts": localAction(isFromHere, async (_, fields) => {
        const id = textOf(fields, "entryId");
        const state = stateOf(fields.state);
        const entry = outbox.find(id);
        if (!entry) throw new BadInput(`There is no entry ${id} in the outbox.`);
        if (!entry.message) throw new BadInput(`The entry ${id} shows no message, of which a channel would report.`);
        const status = await outbox.report(entry, state);
        if (status === undefined) throw new BadInput(`${entry.channel} has no report that a message is ${state}.`);
        return { status, entry: shown(outbox.find(id) ?? entry) };
      }),
      "/local/outbox/clear": localAction(isFromHere, () => {
        const cleared = outbox.list().length;
        outbox.clear();
        return { cleared };
      }),
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
