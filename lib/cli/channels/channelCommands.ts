import { channelTypes } from "../../model/channel.ts";
import type { Command } from "../command.ts";
import { CommandFailed, UsageError } from "../failures.ts";
import { fieldLines, tableOf } from "../plainText.ts";
import { askLocalServer } from "../server/askLocalServer.ts";

interface Delivered {
  readonly status: number;
  readonly userId?: string;
  readonly integrationId: string;
  readonly appId: string;
  readonly reasons: readonly string[];
}

/** An entry of the outbox as the local server shows it. */
interface Entry {
  readonly receivedAt: string;
  readonly channel: string;
  readonly state: string;
  readonly request: { readonly method: string; readonly url: string };
  readonly message?: { readonly personId: string; readonly text: string };
}

/** Characters of a text that a table shows. */
const shownText = 60;

/** The commands about what people write on channels, and what channels are told, beside a local server. */
export const channelCommands: readonly Command[] = [
  {
    name: "deliver",
    summary: "Deliver a person's message, signed as its channel signs, to a local server",
    parameters: ["<type>"],
    choices: [channelTypes],
    options: {
      from: { value: "person", summary: "The person's id there, e.g. a telephone number" },
      text: { value: "text", summary: "The message" },
      name: { value: "name", summary: "The person's name; the id, if it is not given" },
      integration: { value: "id", summary: "The integration; the only one of its type, if it is not given" },
      create: { summary: "Make the integration with made-up credentials, and the app, where there is none" },
    },
    inApp: true,
    examples: [
      "deliver telegram --from 15550100 --text Hi",
      'deliver whatsapp --from 15550100 --name "Jane Doe" --text "Are you open?" --create',
    ],
    run: async ({ parameters: [channel], text, flag, api, namedApp }) => {
      const [from, message] = [text("from"), text("text")];
      if (!from || !message) throw new UsageError(`sunroom deliver needs ${from ? "--text" : "--from"}.`);
      const { reasons, ...delivered } = await askLocalServer<Delivered>(api(), "/local/deliveries", {
        channel,
        from,
        text: message,
        name: text("name"),
        integrationId: text("integration"),
        appId: namedApp(),
        create: flag("create"),
      });
      const why = reasons.length > 0 ? `: ${reasons.join("; ")}` : "";
      if (delivered.status >= 300) throw new CommandFailed(`The webhook answered ${delivered.status}${why}.`);
      if (delivered.userId === undefined) throw new CommandFailed(`The webhook took it, but nothing is stored${why}.`);
      return { json: delivered, text: fieldLines(delivered) };
    },
  },
  {
    name: "outbox",
    summary: "Show what channels were told by a local server, or forget it",
    parameters: ["[list|clear]"],
    choices: [["list", "clear"]],
    options: {
      channel: { value: "type", values: channelTypes, summary: "Only of this channel" },
      to: { value: "person", summary: "Only to this person, by the id there" },
    },
    inApp: false,
    notes: ["Nothing goes to a real provider, unless its API is pointed there. --json shows the requests whole."],
    examples: ["outbox", "outbox list --channel telegram --json", "outbox clear"],
    run: async ({ parameters: [action = "list"], text, api }) => {
      if (action === "clear") {
        const cleared = await askLocalServer<{ cleared: number }>(api(), "/local/outbox/clear", {});
        return { json: cleared, text: `The outbox is empty; it held ${cleared.cleared}.` };
      }
      const query = Object.entries({ channel: text("channel"), personId: text("to") }).filter(
        (pair): pair is [string, string] => pair[1] !== undefined,
      );
      const search = query.length > 0 ? `?${new URLSearchParams(query)}` : "";
      const { entries } = await askLocalServer<{ entries: readonly Entry[] }>(api(), `/local/outbox${search}`);
      return { json: entries, text: tableOf(entries.map(rowOf), columns, "The outbox is empty.") };
    },
  },
];

const columns = ["time", "channel", "to", "state", "text"];

/** Shows an entry without what the provider is called with, which holds secrets. */
function rowOf({ receivedAt, channel, state, message, request }: Entry): object {
  const text = message?.text ?? `(${request.method} ${new URL(request.url).host})`;
  const cut = text.length > shownText ? `${text.slice(0, shownText - 1)}…` : text;
  return { time: receivedAt.slice(11, 19), channel, to: message?.personId, state, text: cut };
}
