import { findOpenConversation } from "../../conversations/findConversation.ts";
import type { ChannelTask } from "../../model/channelCall.ts";
import { participantOf } from "../../model/conversation.ts";
import { findUserAt } from "../../users/findUser.ts";
import { loadSender } from "../loadSender.ts";
import { type CallOutcome, integrationCaller } from "./integrationCaller.ts";
import { latestReceived } from "./latestReceived.ts";
import { personOfClient, targetOfPerson } from "./personOfClient.ts";
import { type ChosenClient, fitIntegration } from "./planSending.ts";
import type { Attempt, TaskOutcome, TaskRuntime } from "./taskRuntime.ts";

type ActivityTask = Extract<ChannelTask, { readonly kind: "read" | "typing" }>;

/** Milliseconds after which nobody wants to know that the business typed then. */
const freshMilliseconds = 10_000;

/**
 * Shows a person what the business does: that it types or has stopped, or read what the person wrote. It is shown at
 * once or not at all: no second attempt is worth that the messages behind it wait.
 */
export async function sendActivity(runtime: TaskRuntime, task: ActivityTask, attempt: Attempt): Promise<TaskOutcome> {
  const age = runtime.now().getTime() - Date.parse(task.queuedAt);
  if (task.kind === "typing" && age > freshMilliseconds) return { kind: "skipped", reason: "too late" };
  const client = await findActiveClient(runtime, task);
  if (client === undefined) return { kind: "skipped", reason: "no active client" };
  const { type, integrationId } = client;
  const [sender, found] = await Promise.all([loadSender(type), runtime.findIntegration(integrationId)]);
  const shows = task.kind === "typing" ? sender.typing : sender.markRead;
  if (shows === undefined) return { kind: "skipped", channel: type, reason: "not shown there" };
  const integration = fitIntegration(found, task.appId, sender.needs);
  if ("reason" in integration) return { kind: "failed", channel: type, reason: integration.reason };
  const target = targetOfPerson(runtime, client, integration.fields);
  const latest = await latestReceived(runtime, task, integrationId);
  const request =
    task.kind === "typing" ? sender.typing?.(task.activity, target, latest) : sender.markRead?.(target, latest);
  if (request === undefined) return { kind: "skipped", channel: type, reason: "not shown there" };
  const call = await integrationCaller(runtime, { ...integration, type, sender }, attempt);
  return outcomeOf(type, await call(request));
}

function outcomeOf(channel: string, result: CallOutcome): TaskOutcome {
  if (result.kind === "accepted") return { kind: "done", channel };
  return { kind: "failed", channel, reason: result.kind === "later" ? result.reason : result.failure.reason };
}

/** Finds the client of an activity, if its user still takes part and has it, and the person is reached by it. */
async function findActiveClient(
  runtime: Pick<TaskRuntime, "db">,
  { appId, conversationId, userId, clientId }: ActivityTask,
): Promise<ChosenClient | undefined> {
  const [conversation, stored] = await Promise.all([
    findOpenConversation(runtime, appId, conversationId),
    findUserAt(runtime, appId, userId),
  ]);
  if (conversation === undefined || stored === undefined) return undefined;
  if (participantOf(conversation, stored.user.id) === undefined) return undefined;
  const client = stored.user.clients.find(({ id, status }) => id === clientId && status === "active");
  return client && personOfClient(client);
}
