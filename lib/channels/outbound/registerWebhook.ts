import type { ChannelType, Credentials } from "../../model/channel.ts";
import type { CallResult, ChannelApiUrls, ProviderAnswer, ProviderRequest } from "../../model/channelCall.ts";
import type { ChannelSender } from "../contract.ts";
import { loadSender } from "../loadSender.ts";
import { callProvider, finalFailureOf } from "./callProvider.ts";

/** The account of an integration that is to be made. */
export interface NewAccount {
  readonly type: ChannelType;
  readonly credentials: Credentials;
}

/** What is wrong with an account, as one sentence for the business. */
interface Trouble {
  readonly kind: "trouble";
  readonly title: string;
}

type Calling = { readonly apiUrls: ChannelApiUrls };

/** Milliseconds for each request: all of them fit into the time that the API's gateway has for an answer. */
const milliseconds = 4_000;

/**
 * Checks the credentials of an account at its provider, by a request that changes nothing.
 * @returns the fields that the provider tells of the account, or what is wrong
 */
export async function checkAccount(
  runtime: Calling,
  account: NewAccount,
): Promise<{ readonly kind: "checked"; readonly learned: Readonly<Record<string, string>> } | Trouble> {
  const { type, credentials } = account;
  const sender = await loadSender(type);
  const missing = sender.needs.find((name) => !credentials[name]);
  if (missing !== undefined) return trouble(`registerWebhook needs the property '${missing}'`);
  if (sender.register === undefined)
    return trouble(`registerWebhook should be false for the type ${type}: its webhook is registered by hand`);
  const request = sender.check?.(credentials);
  if (request === undefined) return { kind: "checked", learned: {} };
  const { result, answer } = await call(runtime, sender, account, request);
  if (answer === undefined || result.kind !== "accepted") return troubleOf(result, sender, account);
  return { kind: "checked", learned: sender.learned?.(answer) ?? {} };
}

/** Registers the webhook's URL of an account with its provider. Answers what went wrong, if anything. */
export async function registerWebhook(
  runtime: Calling,
  account: NewAccount,
  webhookUrl: string,
): Promise<{ readonly kind: "registered" } | Trouble> {
  const sender = await loadSender(account.type);
  for (const request of sender.register?.(account.credentials, webhookUrl) ?? []) {
    const { result } = await call(runtime, sender, account, request);
    if (result.kind !== "accepted") return troubleOf(result, sender, account);
  }
  return { kind: "registered" };
}

const trouble = (title: string): Trouble => ({ kind: "trouble", title });

async function call(
  { apiUrls }: Calling,
  sender: ChannelSender,
  { type }: NewAccount,
  request: ProviderRequest,
): Promise<{ readonly result: CallResult; readonly answer?: ProviderAnswer }> {
  const answer = await callProvider({ type, apiUrls, milliseconds }, request, sender.origins);
  const failure = finalFailureOf(answer);
  if (failure !== undefined) return { result: { kind: "refused", failure } };
  if ("error" in answer) return { result: { kind: "later", failure: { reason: "expired", message: answer.error } } };
  return { result: sender.read(answer), answer };
}

/** Says what an answer means to the business that gave the credentials: the provider's own words are in it. */
function troubleOf(result: CallResult, { needs }: ChannelSender, { type }: NewAccount): Trouble {
  if (result.kind === "accepted") return trouble(`${type} answered in a form that cannot be read`);
  const { reason, message } = result.failure;
  if (result.kind === "later") return trouble(`${type} could not be asked, try again later: ${message}`);
  if (reason === "wrongCredentials")
    return trouble(`${needs.join(", ")} should be credentials that ${type} takes: ${message}`);
  return trouble(`${type} refused to register the webhook: ${message}`);
}
