import { afterAll, expect, test } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { eventFilter } from "../../lib/api/eventFilter.ts";
import type { NumberedRecord } from "../../lib/events/webhooks/publishRecords.ts";
import { matchesFilter } from "../../lib/local/events/matchesFilter.ts";
import { webhookTriggers } from "../../lib/model/events/webhook.ts";
import type { QueuedDelivery } from "../../lib/model/events/webhookDelivery.ts";
import { brokenTellings } from "../support/brokenTellings.ts";
import { newWebhook } from "../support/business.ts";
import { type EventHistory, newEventHistory, playEvents, settle } from "../support/eventHistory.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { publishInCuts } from "../support/publishInCuts.ts";
import { openStream } from "../support/readStream.ts";
import { seededRandom } from "../support/seededRandom.ts";
import { newStage, type Stage } from "../support/stage.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import type { Call, FaultKind } from "../support/startProxy.ts";
import { unique } from "../support/unique.ts";

process.env[variable.anonymousBurst] = "1000000";
const { proxy, server } = await startProxiedServer({ streamed: true });
const stream = await openStream(server.endpoint, server.tableName);
afterAll(() => stream.close());

/** Lets the process die that makes one of many calls, before the engine has it or after: its repetitions fail alike. */
function crashes(seed: number): () => void {
  const random = seededRandom(seed);
  const dead = new Map<string, FaultKind>();
  return proxy.faultBy(({ body }) => {
    if (random.next() < 0.06) dead.set(body, random.next() < 0.5 ? "refuse" : "reset after");
    return dead.get(body);
  });
}

/** A message that a request is about to put, as a record that tells of it already. */
function announced({ action, body }: Call): readonly NumberedRecord[] {
  if (action !== "TransactWriteItems" && action !== "PutItem") return [];
  const { TransactItems = [], ...call } = JSON.parse(body);
  const puts: readonly { readonly Item: Record<string, { readonly S: string }> }[] =
    action === "PutItem" ? [call] : TransactItems.flatMap(({ Put }: { Put?: object }) => Put ?? []);
  return puts
    .filter(({ Item }) => Item.sk?.S.startsWith("message#"))
    .map(({ Item }) => ({
      eventName: "INSERT",
      dynamodb: { Keys: { pk: Item.pk, sk: Item.sk }, NewImage: Item, SequenceNumber: "0" },
    }));
}

/** Everything that happened to an app. */
interface Happened {
  readonly history: EventHistory;
  /** What was told while it happened. */
  readonly meanwhile: readonly QueuedDelivery[];
  readonly records: readonly NumberedRecord[];
  /** What requests were about to write. */
  readonly intended: readonly NumberedRecord[];
}

/** Posts a message whose process dies as it writes it. */
async function dieBeforeTheWrite(stage: Stage): Promise<void> {
  const conversationId = await stage.conversation((await stage.user()).id);
  const text = unique("lost");
  const lift = proxy.faultBy(({ body }) => (body.includes(text) ? "refuse" : undefined));
  const said = { author: { type: "business" }, content: { type: "text", text } };
  expect((await stage.app.api.post(`${stage.rest}/conversations/${conversationId}/messages`, said)).status).toBe(500);
  lift();
}

/** Lets things happen in steps, and publishes after each what the stream tells by then. */
async function happen(seed: number): Promise<Happened> {
  const random = seededRandom(seed);
  const stage = await newStage(server);
  const history = await newEventHistory(stage, random);
  await newWebhook(stage.app, (await stage.custom()).id, { triggers: webhookTriggers });
  const [meanwhile, records, intended]: [QueuedDelivery[], NumberedRecord[], NumberedRecord[]] = [[], [], []];
  const publish = async () => {
    const page: readonly NumberedRecord[] = (await stream.read()).filter((record) =>
      matchesFilter(record, eventFilter),
    );
    records.push(...page);
    meanwhile.push(...(await publishInCuts(server, page, { random, most: 60, repeats: true })));
  };
  const look = proxy.faultBy((call) => void intended.push(...announced(call)));
  await dieBeforeTheWrite(stage);
  for (let step = 1; step <= 5; step++) {
    const lift = crashes(seed + step);
    await playEvents(history, 2 + 2 * step, 8);
    lift();
    await settle(history);
    await publish();
  }
  look();
  return { history, meanwhile, records, intended };
}

/** Publishes records anew, in small batches, none of them twice. */
const again = (records: readonly NumberedRecord[], most = 4) =>
  publishInCuts(server, records, { random: seededRandom(7), most, repeats: false });

const happened = await happen(2026);

test("every committed change is told, by one id, in its order, and nothing else is", async () => {
  const { history, meanwhile, records } = happened;
  expect(await brokenTellings(history, [meanwhile, await again(records)])).toEqual([]);
  expect(await brokenInvariants(server.tableName)).toEqual([]);
});

test("the history holds crashes, merges, deletions and members that come and go", () => {
  const { history, meanwhile } = happened;
  const types = Object.keys(Object.groupBy(meanwhile, ({ event }) => event.type));
  expect(types).toEqual(
    expect.arrayContaining([
      ...["create", "message", "read", "join", "leave", "remove"].map((name) => `conversation:${name}`),
      ...["user:merge", "user:remove"],
    ]),
  );
  expect([...history.said.values()].some(({ acknowledged }) => !acknowledged)).toBe(true);
});

const isMessage = ({ dynamodb }: NumberedRecord) => JSON.stringify(dynamodb?.Keys).includes('"message#');

/** The records as they would be of messages that do not say that they moved. */
const withoutMoves = (records: readonly NumberedRecord[]) =>
  records.map((record) => {
    const { moved, ...NewImage } = record.dynamodb?.NewImage ?? {};
    return moved === undefined ? record : { ...record, dynamodb: { ...record.dynamodb, NewImage } };
  });

/** The deliveries of each record by itself, with ids from the record's number. */
async function numbered(records: readonly NumberedRecord[]): Promise<readonly QueuedDelivery[]> {
  const all: QueuedDelivery[] = [];
  for (const [index, record] of records.entries())
    for (const delivery of await again([record]))
      all.push({ ...delivery, event: { ...delivery.event, id: `${index} ${delivery.event.type}` } });
  return all;
}

const bugs: Readonly<Record<string, [told: string, publish: (all: Happened) => Promise<readonly QueuedDelivery[]>]>> = {
  "publishes what requests are about to write": [
    "is told and was not committed",
    ({ records, intended }) => again([...records.filter((record) => !isMessage(record)), ...intended]),
  ],
  "tells a moved message anew": ["is told anew", ({ records }) => again(withoutMoves(records), 1)],
  "takes ids from the numbers of records": ["has two ids", ({ records }) => numbered(records)],
  "loses a record": ["is not told", ({ records }) => again(records.filter((_, index) => index % 40 !== 39))],
};

test.each(Object.entries(bugs))("a publisher that %s is caught", async (_, [sentence, publish]) => {
  const broken = await brokenTellings(happened.history, [await publish(happened)]);
  expect(broken.some((one) => one.endsWith(sentence))).toBe(true);
});
