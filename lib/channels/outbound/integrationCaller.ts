import { integrationStateKey } from "../../db/keys.ts";
import { passTarget, readTargetState, rememberFailure, reopenTarget } from "../../db/pauses/targetPause.ts";
import { getItem } from "../../db/readItems.ts";
import type { ChannelType } from "../../model/channel.ts";
import type { CallResult, ProviderRequest } from "../../model/channelCall.ts";
import type { Integration } from "../../model/integration.ts";
import type { ChannelSender } from "../contract.ts";
import { callProvider, finalFailureOf } from "./callProvider.ts";
import { pauseBeforeAttempt } from "./retrying.ts";
import type { Attempt, TaskOutcome, TaskRuntime } from "./taskRuntime.ts";

/** The integration by which something is sent, with its channel's sender. */
export interface SendingIntegration extends Pick<Integration, "id" | "appId" | "fields"> {
  readonly type: ChannelType;
  readonly sender: Pick<ChannelSender, "origins" | "read">;
}

/** What came of a request: the provider's final word, or an attempt that is to be made later. */
export type CallOutcome = Exclude<CallResult, { readonly kind: "later" }> | Extract<TaskOutcome, { kind: "later" }>;

/** Makes a request and reads what came of it: by the sender, unless it is read another way. */
export type IntegrationCaller = (request: ProviderRequest, read?: ChannelSender["read"]) => Promise<CallOutcome>;

/**
 * Opens the way to the provider of an integration, which is paused while the provider fails, or for as long as it asks:
 * then no request is made. Each request is made by itself, the next one after the answer.
 */
export async function integrationCaller(
  runtime: TaskRuntime,
  { appId, id, type, fields, sender }: SendingIntegration,
  { received, mayContinue }: Attempt,
): Promise<IntegrationCaller> {
  const { db, now, apiUrls } = runtime;
  const target = { key: integrationStateKey(appId, id), name: id };
  let state = readTargetState(await getItem(db, target.key), target.name);
  const later = (reason: string, seconds: number): CallOutcome => ({ kind: "later", channel: type, reason, seconds });
  return async (request, read = sender.read) => {
    if (!mayContinue()) return later("no time", 0);
    const passage = await passTarget(db, target, state, now());
    if (passage.kind === "paused") return later("paused", passage.seconds * (1 + Math.random() / 5) + 1);
    const answer = await callProvider({ type, apiUrls }, request, sender.origins);
    const failure = finalFailureOf(answer);
    if (failure !== undefined) return { kind: "refused", failure };
    const result = "error" in answer ? undefined : read(answer);
    if (result !== undefined && result.kind !== "later") {
      state = await reopenTarget(db, target, state);
      return withoutSecrets(result, fields);
    }
    const askedSeconds = result?.seconds ?? 0;
    const failed = { isProbe: passage.kind === "probe", askedSeconds, now: now() };
    state = await rememberFailure(db, target, state, failed);
    const reason = "error" in answer ? answer.error : `status ${answer.status}`;
    return later(reason, pauseBeforeAttempt(received, Math.random(), askedSeconds));
  };
}

/** The least length of a secret that is looked for in words. */
const shortestSecret = 8;

/** Takes the integration's secrets out of the provider's words on a refusal, which are stored and told. */
function withoutSecrets<Result extends CallOutcome>(result: Result, fields: Integration["fields"]): Result {
  if (result.kind !== "refused") return result;
  const secrets = Object.entries(fields).flatMap(([name, value]) =>
    /secret|token|key/i.test(name) && typeof value === "string" && value.length >= shortestSecret ? [value] : [],
  );
  const message = secrets.reduce((words, secret) => words.replaceAll(secret, "…"), result.failure.message);
  return { ...result, failure: { ...result.failure, message } };
}
