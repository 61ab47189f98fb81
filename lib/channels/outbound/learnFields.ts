import type { Credentials } from "../../model/channel.ts";
import type { ChannelSender } from "../contract.ts";
import { isSuccess, readOfApi } from "../kit/providerAnswer.ts";
import type { CallOutcome, IntegrationCaller } from "./integrationCaller.ts";

/** Why fields are not known: now, or at all. */
export type Unlearned = Exclude<CallOutcome, { readonly kind: "accepted" }>;

/** The fields by which something can be sent; or why they are not known. */
type Learned =
  | { readonly done: true; readonly credentials: Credentials }
  | { readonly done: false; readonly outcome: Unlearned };

/**
 * Completes an integration's fields by those that its account tells, where sending needs them.
 */
export async function learnFields(
  sender: ChannelSender,
  credentials: Credentials,
  call: IntegrationCaller,
): Promise<Learned> {
  const request = sender.mustLearn?.(credentials) ? sender.check?.(credentials) : undefined;
  if (request === undefined) return { done: true, credentials };
  let learned: Credentials = {};
  const result = await call(request, (answer) => {
    if (!isSuccess(answer)) return sender.read(answer);
    learned = sender.learned?.(answer) ?? {};
    return readOfApi(answer, () => ({ kind: "accepted", externalIds: [] }));
  });
  if (result.kind !== "accepted") return { done: false, outcome: result };
  return { done: true, credentials: { ...credentials, ...learned } };
}
