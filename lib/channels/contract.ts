import type { ChannelRequest, CredentialField, Credentials, Parsed, Reply, Verdict } from "../model/channel.ts";

/**
 * The contract of a messaging channel: a folder named after its type, with `settings.ts`, `receive.ts` and `sample.ts`,
 * which export `settings`, `receive` and `sample`. `npm run new-channel` makes one; `test/channels/channels.test.ts`
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
  /** Whether a 5xx makes the channel deliver again; otherwise events are queued. */
  readonly redelivers: boolean;
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
}
