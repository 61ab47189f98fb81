import type { Browser } from "./browser.ts";
import type { Emitter } from "./emitter.ts";
import type { Person } from "./person.ts";
import type { Poller } from "./poller.ts";
import type { SdkStorage } from "./storage.ts";
import type { Transport } from "./transport.ts";
import type { Turns } from "./turns.ts";
import type { Conversation, Delegate, InitOptions, UserUpdate } from "./types.ts";
import type { Typing } from "./typing.ts";
import type { WireConfig } from "./wire.ts";

/** The parts from which a client is made. */
export interface ClientParts {
  readonly browser: Browser;
  readonly options: InitOptions;
  readonly emit: Emitter["emit"];
  readonly delegate: () => Delegate;
}

/** An SDK from `init` to `destroy`: its parts, and its state. */
export interface Client extends ClientParts {
  /** Aborts everything under way. */
  readonly life: AbortController;
  readonly storage: SdkStorage;
  readonly transport: Transport;
  readonly turns: Turns;
  readonly poller: Poller;
  readonly typing: Typing;
  /** Called with a person that the server no longer knows. */
  readonly ended: (person: Person) => void;
  /** Listens to writes of other tabs to storage. */
  readonly onStorage: (event: StorageEvent) => void;
  config: WireConfig["config"];
  /** The person who uses this page now. */
  person: Person;
  /** The update that `updateUser` got while there was no user. */
  pending: UserUpdate;
  /** The key by which this page is about to create a user, as long as it listens for another tab's. */
  claim: string;
  /** Conversations that are being created, by their options. */
  readonly creating: Map<string, Promise<Conversation>>;
  /** The message sent last. */
  sending: Promise<unknown>;
  /** Whether the displayed conversation was reached at the last poll, and whether it was lost since. */
  connected: boolean;
  lost: boolean;
}
