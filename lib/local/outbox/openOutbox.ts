import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { SignedDelivery } from "../../channels/contract.ts";
import type { ChannelType } from "../../model/channel.ts";
import type { ProviderAnswer } from "../../model/channelCall.ts";
import { now } from "../../model/sources/clock.ts";
import { channelSamples } from "../channelSamples.ts";
import { reportFault } from "../start/machineFault.ts";
import type { OutboxEntry, ReportedState } from "./outboxEntry.ts";
import { outboxStore } from "./outboxStore.ts";
import { type OutboxChannels, receivedEntry } from "./receivedEntry.ts";
import type { ScriptedAnswer } from "./scriptedAnswer.ts";
import { signedReports } from "./signedReports.ts";

export interface OutboxSettings extends OutboxChannels {
  /** Makes a webhook call, and answers its status. */
  readonly deliver: (delivery: SignedDelivery) => Promise<number>;
}

export type Outbox = Awaited<ReturnType<typeof openOutbox>>;

/**
 * Opens the outbox: an HTTP server of this machine that stands in for the provider of every channel. It keeps what it
 * gets, answers as the provider does where all is well, or as it is told, and then reports `delivered` where the
 * channel reports at all.
 */
export async function openOutbox(settings: OutboxSettings) {
  const store = outboxStore();
  // Without it, a page in a browser of this machine could write into the outbox.
  const secret = randomBytes(16).toString("hex");

  const report = async (entry: OutboxEntry, state: ReportedState): Promise<number | undefined> => {
    const deliveries = await signedReports(settings, entry, state);
    if (deliveries.length === 0) return undefined;
    const statuses = await Promise.all(deliveries.map((delivery) => settings.deliver(delivery).catch(() => 0)));
    const reported = { state, sentAt: now().toISOString(), status: Math.max(...statuses) };
    store.change(entry.id, (known) => ({ ...known, reports: [...known.reports, reported] }));
    return reported.status;
  };

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const entry = await receivedEntry(settings, secret, incoming);
    if (!entry) return void outgoing.writeHead(404).end();
    store.add(entry);
    const script = store.take(entry);
    if (script?.delayMilliseconds) await pause(script.delayMilliseconds, undefined, { ref: false });
    if (script?.drop) {
      store.change(entry.id, (known) => ({ ...known, dropped: true }));
      return void incoming.socket.destroy();
    }
    const { reports, read } = await settings.providerOf(entry.channel);
    const answer = answerTo(entry, script);
    const result = entry.message && read(answer);
    const taken = result?.kind === "accepted";
    store.change(entry.id, (known) => ({ ...known, answer, externalIds: taken ? result.externalIds : [] }));
    await send(answer, outgoing);
    const state = script?.report ?? (reports ? "delivered" : "none");
    if (state !== "none" && taken) await report(entry, state);
  }

  const serving = new Set<Promise<void>>();
  const server = createServer((incoming, outgoing) => {
    const served = serve(incoming, outgoing)
      .catch((error: unknown) => {
        reportFault(error);
        outgoing.destroy();
      })
      .then(() => void serving.delete(served));
    serving.add(served);
  });
  const port = await listen(server);
  const { list, find, scripts, script, clear } = store;
  return {
    ...{ list, find, scripts, script, clear },
    /** Answers the URL to which a channel's API is pointed. */
    urlOf: (type: ChannelType) => `http://127.0.0.1:${port}/${secret}/${type}`,
    /**
     * Reports about a message as its provider would, and answers the webhook's status, 0 if it does not answer;
     * `undefined` where the channel has no such report.
     */
    report,
    /** Resolves when every request that came is answered and reported on. */
    settle: () => Promise.all(serving),
    /** Stops listening and ends every connection. */
    close: () => close(server),
  };
}

const jsonType = { "content-type": "application/json" } as const;

/** Answers a request as it is scripted, else as its provider does where all is well. */
function answerTo({ channel, request, externalId }: OutboxEntry, script: ScriptedAnswer | undefined): ProviderAnswer {
  if (script?.status !== undefined)
    return { status: script.status, headers: { ...jsonType, ...script.headers }, body: script.body ?? "{}" };
  const good = channelSamples[channel].answer?.(request, externalId) ?? { status: 200, headers: jsonType, body: "{}" };
  return { status: good.status, headers: { ...good.headers, ...script?.headers }, body: script?.body ?? good.body };
}

/** Resolves when the answer is with its reader, or the reader is gone. */
function send({ status, headers, body }: ProviderAnswer, outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    outgoing.once("close", resolve);
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) outgoing.setHeader(name, value);
    outgoing.writeHead(status).end(body);
  });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : 0);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
