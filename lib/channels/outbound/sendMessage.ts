import type { SentDestination, SentMessage, SentOutcome } from "../../db/items/sentItem.ts";
import type { App } from "../../model/app.ts";
import type { Credentials } from "../../model/channel.ts";
import type { DeliveryFailure, ProviderRequest } from "../../model/channelCall.ts";
import type { ChannelSender, SendTarget } from "../contract.ts";
import { loadSender } from "../loadSender.ts";
import { type IntegrationCaller, integrationCaller } from "./integrationCaller.ts";
import { keyOfRequest } from "./keyOfRequest.ts";
import { latestReceived } from "./latestReceived.ts";
import { learnFields, type Unlearned } from "./learnFields.ts";
import { outgoingMessage } from "./outgoingMessage.ts";
import { targetOfPerson } from "./personOfClient.ts";
import { type ChosenClient, chooseClient, fitIntegration } from "./planSending.ts";
import { type MessageTask, readSending, type SendingNow } from "./readSending.ts";
import { recordOutcome, recordSent } from "./recordSent.ts";
import { expired, secondsLeft } from "./retrying.ts";
import type { Attempt, TaskOutcome, TaskRuntime } from "./taskRuntime.ts";

/** A message on its way: what became of it so far. */
interface OnItsWay {
  readonly app: App;
  readonly task: MessageTask;
  readonly sent: SentMessage;
  /** The time at which the message expires, in seconds since 1970. */
  readonly expiresAt: number | undefined;
  /** Whether its provider will report on it. */
  readonly reports: boolean;
}

/** What a message's target is made of. */
interface Sending {
  readonly sender: ChannelSender;
  readonly sending: SendingNow;
  readonly client: ChosenClient;
  readonly call: IntegrationCaller;
}

/** Characters that are kept of a failure's message. */
const messageLimit = 500;

/**
 * Sends a message to the client of its user that gets it by what is true now. What each request came to is recorded
 * before the next one is made, so that a repeated attempt goes on where the last one ended: only a request of which
 * nothing was recorded is made again, under the same key.
 */
export async function sendMessage(runtime: TaskRuntime, task: MessageTask, attempt: Attempt): Promise<TaskOutcome> {
  const [app, sending] = await Promise.all([runtime.findApp(task.appId), readSending(runtime, task)]);
  if (app === undefined) return { kind: "skipped", reason: "app gone" };
  if (typeof sending === "string") return { kind: "skipped", reason: sending };
  if (sending.sent?.outcome !== undefined) return { kind: "skipped", reason: "sent before" };
  const choice = chooseClient(sending, task.clientId);
  if (choice.kind === "skipped") return choice;
  const sent = begunAt(sending, choice.destination);
  const begun = { app, task, sent, expiresAt: sending.expiresAt, reports: false };
  if (choice.kind === "failed") return fail(runtime, begun, choice.failure);
  if (secondsLeft(task, runtime.now()) === 0) return fail(runtime, begun, expired);
  const { client } = choice;
  const [sender, found] = await Promise.all([loadSender(client.type), runtime.findIntegration(client.integrationId)]);
  const integration = fitIntegration(found, app.id, sender.needs);
  if ("reason" in integration) return fail(runtime, begun, integration);
  const call = await integrationCaller(runtime, { ...integration, type: client.type, sender }, attempt);
  const target = await targetOf(runtime, { sender, sending, client, call }, integration.fields);
  if ("kind" in target) return target.kind === "later" ? target : fail(runtime, begun, target.failure);
  const message = await outgoingMessage(runtime, sending, client);
  const requests = sender.write(message, target, (place) => keyOfRequest(task.messageId, task.clientId, place));
  return callInTurn(runtime, { ...begun, reports: sender.reports }, requests, call);
}

/** Takes up what was recorded of a message; where its client is on another integration now, it begins anew there. */
function begunAt({ sent, place }: SendingNow, destination: SentDestination | undefined): SentMessage {
  const goesOn = sent !== undefined && sent.destination?.integrationId === destination?.integrationId;
  return { ...(goesOn ? sent : { answered: 0, externalIds: [] }), ...place, destination };
}

/** Makes the target of a message, of what its sender needs to know; or answers why it cannot be known now, or at all. */
async function targetOf(
  runtime: TaskRuntime,
  { sender, sending, client, call }: Sending,
  credentials: Credentials,
): Promise<SendTarget | Unlearned> {
  const learned = await learnFields(sender, credentials, call);
  if (!learned.done) return learned.outcome;
  return {
    ...targetOfPerson(runtime, client, learned.credentials),
    latest: sender.answers ? await latestReceived(runtime, sending.place, client.integrationId) : undefined,
  };
}

/** Makes the requests that were not answered yet, each after the one before was recorded. */
async function callInTurn(
  runtime: TaskRuntime,
  begun: OnItsWay,
  requests: readonly ProviderRequest[],
  call: IntegrationCaller,
): Promise<TaskOutcome> {
  if (requests.length === 0) return fail(runtime, begun, nothingToSend);
  let { sent } = begun;
  for (const request of requests.slice(sent.answered)) {
    const result = await call(request);
    if (result.kind === "later") return result;
    if (result.kind === "refused") return fail(runtime, { ...begun, sent }, result.failure);
    const answered = sent.answered + 1;
    sent = { ...sent, answered, externalIds: [...sent.externalIds, ...result.externalIds] };
    if (answered < requests.length) await record(runtime, { ...begun, sent });
  }
  const outcome: SentOutcome = { kind: "accepted", at: runtime.now().toISOString(), isFinal: !begun.reports };
  await record(runtime, { ...begun, sent: { ...sent, outcome } });
  return { kind: "accepted", channel: sent.destination?.type };
}

/** Records that a message does not reach its person. */
async function fail(runtime: TaskRuntime, begun: OnItsWay, { reason, message }: DeliveryFailure): Promise<TaskOutcome> {
  const failure = { reason, message: message.slice(0, messageLimit) };
  const outcome: SentOutcome = { kind: "failed", at: runtime.now().toISOString(), failure };
  await record(runtime, { ...begun, sent: { ...begun.sent, outcome } });
  return { kind: "failed", channel: begun.sent.destination?.type, reason };
}

const record = (runtime: TaskRuntime, { app, task, sent, ...about }: OnItsWay): Promise<void> =>
  sent.outcome === undefined
    ? recordSent(runtime, app, sent, about)
    : recordOutcome(runtime, { app, task }, sent, about);

const nothingToSend: DeliveryFailure = { reason: "refused", message: "The channel can show nothing of the message." };
