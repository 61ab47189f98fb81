import { replaceUser } from "../../db/items/userItem.ts";
import { conflict, retryOnConflict } from "../../db/retryOnConflict.ts";
import { type Operation, transact } from "../../db/transact.ts";
import type { App } from "../../model/app.ts";
import type { ChannelTask, DeliveryFailure, OutgoingMessage, ProviderRequest } from "../../model/channelCall.ts";
import type { Client, LinkConfirmation } from "../../model/client.ts";
import { type StoredUser, withClient, withoutClient } from "../../model/user.ts";
import { readIdentities, removePendingLink } from "../../users/channelIdentity.ts";
import { findUserAt } from "../../users/findUser.ts";
import { loadSender } from "../loadSender.ts";
import { type IntegrationCaller, integrationCaller } from "../outbound/integrationCaller.ts";
import { keyOfRequest } from "../outbound/keyOfRequest.ts";
import { learnFields } from "../outbound/learnFields.ts";
import { personOfClient, targetOfPerson } from "../outbound/personOfClient.ts";
import { blocked, type ChosenClient, fitIntegration } from "../outbound/planSending.ts";
import { expired, secondsLeft } from "../outbound/retrying.ts";
import type { Attempt, TaskOutcome, TaskRuntime } from "../outbound/taskRuntime.ts";

type LinkTask = Extract<ChannelTask, { readonly kind: "link" }>;

/** What the person of a link is to be told, by the client that has it. */
interface LinkToConfirm {
  readonly app: App;
  /** An id of the user, which may have become another's. */
  readonly userId: string;
  readonly person: ChosenClient;
  readonly confirmation: LinkConfirmation;
}

/**
 * Tells the person of a link what the business has to say. It stands with the client until its provider took all of it;
 * what was answered is recorded before the next request is made.
 */
export async function sendLink(runtime: TaskRuntime, task: LinkTask, attempt: Attempt): Promise<TaskOutcome> {
  const { appId, userId, clientId } = task;
  const [app, stored] = await Promise.all([runtime.findApp(appId), findUserAt(runtime, appId, userId)]);
  if (app === undefined || stored === undefined) return { kind: "skipped", reason: "app or user gone" };
  const client = stored.user.clients.find(({ id }) => id === clientId);
  const person = client && personOfClient(client);
  if (person?.confirmation === undefined) return { kind: "skipped", reason: "sent before, or client gone" };
  const link = { app, userId, person, confirmation: person.confirmation };
  if (person.status === "blocked") return fail(runtime, link, blocked);
  if (secondsLeft(task, runtime.now()) === 0) return fail(runtime, link, expired);
  const [sender, found] = await Promise.all([loadSender(person.type), runtime.findIntegration(person.integrationId)]);
  const integration = fitIntegration(found, app.id, sender.needs);
  if ("reason" in integration) return fail(runtime, link, integration);
  const call = await integrationCaller(runtime, { ...integration, type: person.type, sender }, attempt);
  const learned = await learnFields(sender, integration.fields, call);
  if (!learned.done)
    return learned.outcome.kind === "later" ? learned.outcome : fail(runtime, link, learned.outcome.failure);
  const target = targetOfPerson(runtime, person, learned.credentials);
  const key = (place: number) => keyOfRequest(link.confirmation.id, clientId, place);
  return callInTurn(runtime, link, sender.write(messageOf(link), target, key), call);
}

const messageOf = ({ confirmation, person }: LinkToConfirm): OutgoingMessage => {
  const { id, author, content, override, subject } = confirmation;
  return { id, author, content, subject, override: override?.[person.type]?.payload };
};

/** Makes the requests that were not answered yet. */
async function callInTurn(
  runtime: TaskRuntime,
  link: LinkToConfirm,
  requests: readonly ProviderRequest[],
  call: IntegrationCaller,
): Promise<TaskOutcome> {
  let answered = link.confirmation.answered ?? 0;
  for (const request of requests.slice(answered)) {
    const result = await call(request);
    if (result.kind === "later") return result;
    if (result.kind === "refused") return fail(runtime, link, result.failure);
    answered += 1;
    if (answered < requests.length) await change(runtime, link, noteAnswered(answered));
  }
  await change(runtime, link, forget());
  return { kind: "accepted", channel: link.person.type };
}

/** A client with something to say, and its user, as they are now. */
interface Telling {
  readonly stored: StoredUser;
  readonly client: Client;
}

/** The write of a change of such a client. */
type TellingWrite = {
  readonly user: Operation;
  readonly pendingLink?: Operation | undefined;
};

type TellingChange = (telling: Telling) => TellingWrite | Promise<TellingWrite>;

const noteAnswered =
  (answered: number): TellingChange =>
  ({ stored, client }) => {
    const confirmation = client.confirmation && { ...client.confirmation, answered };
    return { user: replaceUser(withClient(stored.user, { ...client, confirmation }), stored) };
  };

/** Forgets what was to be said: without a failure because it is said. */
const forget =
  (failure?: DeliveryFailure): TellingChange =>
  ({ stored, client }) => {
    const silent = withClient(stored.user, { ...client, confirmation: undefined });
    return { user: replaceUser(silent, stored, failure && { cause: "linkFailed", failure }) };
  };

/**
 * Ends what does not reach the person. A client that waited for the person's answer is removed, as by the vendor, since
 * nobody was asked; but where the integration cannot send, and the business had no words of its own, the person may
 * still write.
 */
async function fail(runtime: TaskRuntime, link: LinkToConfirm, failure: DeliveryFailure): Promise<TaskOutcome> {
  const { app, person, confirmation } = link;
  const mayWait = confirmation.isPrompt && failure.reason === "missingField";
  await change(runtime, link, (telling) =>
    telling.client.awaiting === undefined || mayWait
      ? forget(failure)(telling)
      : removeWaiting(runtime, app, telling, failure),
  );
  return { kind: "failed", channel: person.type, reason: failure.reason };
}

/** Changes the client as it is now, unless it has nothing to say any more. */
const change = (
  runtime: Pick<TaskRuntime, "db">,
  { app, userId, confirmation }: LinkToConfirm,
  make: TellingChange,
): Promise<"done"> =>
  retryOnConflict(async () => {
    const stored = await findUserAt(runtime, app.id, userId);
    const client = stored?.user.clients.find((one) => one.confirmation?.id === confirmation.id);
    if (stored === undefined || client === undefined) return "done";
    const written = await transact(runtime.db, await make({ stored, client }));
    return written.done ? "done" : conflict;
  });

/** Removes a client that waits, with its pending link. */
async function removeWaiting(
  runtime: Pick<TaskRuntime, "db">,
  app: App,
  { stored, client }: Telling,
  failure: DeliveryFailure,
): Promise<TellingWrite> {
  const { user } = stored;
  const person = personOfClient(client);
  const [identity] = person
    ? await readIdentities(runtime, app, { id: person.integrationId, type: person.type }, [person.externalId])
    : [];
  const { id = "", pendingLink } = identity ?? {};
  const isOwn = pendingLink?.clientId === client.id && pendingLink.userId === user.id;
  return {
    user: replaceUser(withoutClient(user, client.id), stored, { cause: "linkFailed", failure }),
    pendingLink: isOwn ? removePendingLink(app, id, pendingLink) : undefined,
  };
}
