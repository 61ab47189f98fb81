import { costOfMillion, prices } from "../prices.ts";
import { type CountedRequest, counted, countedChange, countedEvent } from "./counted.ts";

/** A month's traffic. */
export interface Month {
  /** New users, a quarter in each of the four ways. */
  readonly users: number;
  /** Messages, half of them people's by a channel, half of them the business's. */
  readonly messages: number;
  /** Webhooks that hear each message. */
  readonly webhooks: number;
  /** Further requests that read: half of them getUser, half of them listMessages. */
  readonly reads: number;
  /** Months for which users and messages are kept. */
  readonly months: number;
  readonly stage: "prod" | "dev";
}

/** A row of the bill. */
export interface Row {
  readonly name: string;
  readonly dollars: number;
}

/** Milliseconds that DynamoDB is waited for in a call. */
const millisecondsOfCall = 5;
/** Kilobytes of an item in storage, with its entries in indexes and DynamoDB's own 100 bytes. */
const stored = { user: 1, message: 1.5 } as const;
/** Kilobytes of both log lines of a request, and of its answer. */
const [logged, answered] = [1, 1];
const [gigabyte, million] = [1_000_000, 1_000_000];

/** The stack's own price a month, from the table in `docs/operations.md`; a stage without traffic costs less. */
const idle = { prod: 0.4 + 1 + 3.2 + 0.85 + 3 + 6, dev: 0.4 + 0.85 + 6 } as const;

/** Computes a month's bill on AWS in US dollars, in us-east-1 without the free tier. */
export function estimate(month: Month): readonly Row[] {
  const { users, messages, webhooks, months, stage } = month;
  const requests = requestsOf(month);
  const count = requests.reduce((sum, [, number]) => sum + number, 0) / million;
  const priced = requests.map(([name, number]) => ({ number: number / million, cost: costOf(name) }));
  const sum = (part: "dynamodb" | "lambda" | "gateway") =>
    priced.reduce((dollars, { number, cost }) => dollars + number * cost[part], 0);
  const changes = (users + messages) / million;
  const events = (messages * webhooks) / million;
  const published = changes * (countedChange.readUnits * prices.millionReadUnits);
  const { writeUnits, readUnits, queueCalls, lambdaMillion } = countedEvent;
  const kept = (months * (users * stored.user + messages * stored.message)) / gigabyte;
  return [
    { name: "the stack itself", dollars: idle[stage] },
    { name: "HTTP API", dollars: sum("gateway") },
    { name: "Lambda", dollars: sum("lambda") + changes * countedChange.lambdaMillion },
    { name: "DynamoDB, requests", dollars: sum("dynamodb") + published },
    { name: "DynamoDB, storage and backup", dollars: kept * (prices.gigabyteStored + prices.gigabyteBackedUp) },
    {
      name: "events to webhooks",
      dollars:
        events *
        (writeUnits * prices.millionWriteUnits +
          readUnits * prices.millionReadUnits +
          queueCalls * prices.millionFifoCalls +
          lambdaMillion),
    },
    { name: "logs", dollars: ((count * million * logged) / gigabyte) * prices.gigabyteLogged },
    { name: "transfer out", dollars: ((count * million * answered) / gigabyte) * prices.gigabyteOut },
  ];
}

/** Adds up a bill. */
export const total = (rows: readonly Row[]): number => rows.reduce((sum, { dollars }) => sum + dollars, 0);

/** Lists the requests of a month. A channel's first contact is a message as well, which is not counted twice. */
function requestsOf({ users, messages, reads }: Month): readonly (readonly [CountedRequest, number])[] {
  const each = users / 4;
  const ofPeople = messages / 2;
  return [
    ["createUser", each],
    ["sdkLoginNew", each],
    ["sdkCreateConversation", each],
    ["channelFirst", each],
    ["channelNext", Math.max(0, ofPeople - each)],
    ["postMessage", messages - ofPeople],
    ["getUser", reads / 2],
    ["listMessages", reads / 2],
  ];
}

function costOf(name: CountedRequest) {
  const { calls, readUnits, writeUnits, cpuMilliseconds } = counted[name];
  return costOfMillion({
    readUnits,
    writeUnits,
    milliseconds: calls * millisecondsOfCall + cpuMilliseconds,
    cpuMilliseconds,
  });
}
