import type { ChannelRequest, CredentialField, Credentials, Parsed, Reply, Verdict } from "../model/channel.ts";
import type {
  CallResult,
  LatestReceived,
  OutgoingMessage,
  ProviderAnswer,
  ProviderRequest,
  Recipient,
} from "../model/channelCall.ts";
import type { ChannelMedia } from "../model/files/channelMedia.ts";

/**
 * The contract of a messaging channel: a folder named after its type, with `settings.ts`, `receive.ts`, `send.ts` and
 * `sample.ts`, which export `settings`, `receive`, `send` and `sample`, and with `media.ts` where the channel gives files
 * only by its API, which exports `media`. `npm run new-channel` makes one; `test/channels/channels.test.ts`
 * holds every channel to the contract.
 */

/** The settings of the channel's integrations. */
export interface ChannelSettings {
  readonly fields: Readonly<Record<string, CredentialField>>;
  /** Groups of fields of which at least one must be given. */
  readonly oneOf?: readonly (readonly string[])[];
}

/** The reader of the channel's webhook calls. */
export interface ChannelReceiver {
  /** Answers the channel's own check of the webhook's URL; `undefined` if this request is not one. */
  handshake(request: ChannelRequest, credentials: Credentials): Reply | undefined;
  /** Checks that the channel made the request: pure, in constant time, and refusing if the secret is missing. */
  verify(request: ChannelRequest, credentials: Credentials): Verdict;
  /** Reads a delivery. Pure and total: any input becomes events or reasons to skip, never an exception. */
  parse(request: ChannelRequest, credentials: Credentials): Parsed;
  /** The answer once everything is stored. */
  readonly acknowledgement: Reply;
  /** Writes another answer to a delivery that asks for one, once everything is stored. Pure and total. */
  acknowledge?(request: ChannelRequest): Reply | undefined;
  /** Whether a 5xx makes the channel deliver again; otherwise events are queued. */
  readonly redelivers: boolean;
}

/** The account from which something is sent, and the person to whom. */
export interface SendTarget {
  /** The integration's fields, its secrets included. */
  readonly credentials: Credentials;
  readonly recipient: Recipient;
  /** The webhook's whole URL, where the channel reports what became of a message. */
  readonly webhookUrl: string;
  /** The latest message of the person on the channel, for a sender that `answers`, if one is known. */
  readonly latest?: LatestReceived | undefined;
}

/** The writer of the channel's messages. All of it is pure and total: any stored message becomes requests. */
export interface ChannelSender {
  /** The fields of an integration that sending needs; an integration may lack some of them. */
  readonly needs: readonly string[];
  /** The origins of the provider's API, the main one first. */
  readonly origins: readonly string[];
  /** Whether the channel reports, after it took a message, whether the person got it. */
  readonly reports: boolean;
  /** Whether a request that is sent again under the same key is one message: `key` then stands in the request. */
  readonly idempotent: boolean;
  /** Whether a message names the person's latest one, so that it has to be looked up for `write`. */
  readonly answers?: boolean;
  /**
   * Tells whether `write` needs a field of the account that its owner did not give: then `check` is called first, and
   * the fields that `learned` reads of its answer stand beside the credentials.
   */
  mustLearn?(credentials: Credentials): boolean;
  /**
   * Writes the requests that show a message, in their order; what the channel cannot show is text.
   * @param key a UUID for each request, by its place: the same whenever the message is sent again
   */
  write(message: OutgoingMessage, target: SendTarget, key: (place: number) => string): readonly ProviderRequest[];
  /** Reads the provider's answer to a request that shows a message, or to one of those below. */
  read(answer: ProviderAnswer): CallResult;
  /** Writes the request that shows, or hides, that the business types; `undefined` where the channel cannot. */
  typing?(
    activity: "typing:start" | "typing:stop",
    target: SendTarget,
    latest: LatestReceived | undefined,
  ): ProviderRequest | undefined;
  /** Writes the request that marks the person's messages as read; `undefined` where the channel cannot. */
  markRead?(target: SendTarget, latest: LatestReceived | undefined): ProviderRequest | undefined;
  /** Writes a request that any valid credentials can make and that changes nothing. */
  check?(credentials: Credentials): ProviderRequest | undefined;
  /** Reads what the answer to `check` tells of the account: fields of the integration that its owner did not give. */
  learned?(answer: ProviderAnswer): Readonly<Record<string, string>>;
  /** Writes the requests that register the webhook with the provider. */
  register?(credentials: Credentials, webhookUrl: string): readonly ProviderRequest[];
}

/** The reader of files that the channel only gives by its API. */
export interface ChannelMediaReader {
  /** The fields of an integration that reading needs. */
  readonly needs: readonly string[];
  /** The hosts that are asked, by TLS, and to which they may redirect: whole names, or `.example.com` for all below. */
  readonly hosts: readonly string[];
  /** Writes the first request. */
  first(media: ChannelMedia, credentials: Credentials): ProviderRequest;
  /**
   * Reads an answer that is no redirect: the next request; `file` if the answer's body is the file; or why there is
   * none, now or ever. An answer of another type than JSON comes with an empty body.
   * @param asked the request that was answered: a file may be JSON, too
   */
  next(
    answer: ProviderAnswer,
    credentials: Credentials,
    asked: ProviderRequest,
  ): ProviderRequest | "file" | Exclude<CallResult, { readonly kind: "accepted" }>;
}

/** A webhook call as its provider would make it. */
export interface SignedDelivery {
  readonly method: "POST";
  /** Path and query of the webhook's URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The called webhook and the time of the call. */
export interface SampleTarget {
  /** The integration's fields, its secrets included. */
  readonly credentials: Credentials;
  /** The webhook's whole URL, as it is registered with the provider. */
  readonly publicUrl: string;
  readonly now: Date;
}

/** A person and a text message. Ids may be any text: if a channel's ids are digits, they are derived from it. */
export interface SamplePerson {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly messageId: string;
}

/** A payload as the channel takes it: JSON text, a value to write as JSON, or the fields of a form. */
export type SamplePayload = string | Readonly<Record<string, unknown>>;

/** A maker of webhook calls like those of the channel's provider, for the local page and for tests. */
export interface ChannelSample {
  /** The channel's name for people. */
  readonly label: string;
  /** Makes the fields of an integration as the owner of an account there would give them; the secrets are random. */
  demoFields(): Readonly<Record<string, string>>;
  /** Writes a person's text message. */
  write(person: SamplePerson, target: SampleTarget): SamplePayload;
  /** Signs a payload. Throws an `Error` that names a missing credential. */
  sign(payload: SamplePayload, target: SampleTarget): Pick<SignedDelivery, "headers" | "body">;
  /**
   * Answers a request of our sender's, or of our reader of files, as the provider does where all is well.
   * @param externalId the id that a message gets, where the provider gives one: any text, from which digits are derived
   */
  answer?(request: ProviderRequest, externalId: string): ProviderAnswer;
  /** Writes the provider's report on a message that it answered with this id; `undefined` where it reports nothing. */
  report?(
    sent: { readonly externalId: string; readonly personId: string; readonly state: "delivered" | "read" | "failed" },
    target: SampleTarget,
  ): SamplePayload | undefined;
  /** Reads whom a request of our sender's is for, and its text, to show it: `undefined` if it is no message. */
  readSent?(request: ProviderRequest): { readonly personId: string; readonly text: string } | undefined;
}

/** Says which secret of an integration a sample cannot be signed without. */
export class MissingSecret extends Error {}
