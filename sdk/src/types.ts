/** Values that metadata of a user, a conversation or a message may hold: flat, at most 4 kB in all. */
export type Metadata = Record<string, string | number | boolean | null>;

/** The person using this browser. */
export interface User {
  id: string;
  externalId?: string;
  signedUpAt?: string;
  givenName?: string;
  surname?: string;
  email?: string;
  avatarUrl?: string;
  metadata: Metadata;
  hasPaymentInfo: boolean;
}

/** The fields that `updateUser` can change; `null` unsets a field, or a value of the metadata. */
export interface UserUpdate {
  givenName?: string | null;
  surname?: string | null;
  email?: string | null;
  avatarUrl?: string | null;
  metadata?: Metadata;
}

/** A person's place in a conversation; `lastRead` is in seconds since 1970. */
export interface Participant {
  id: string;
  userId: string;
  unreadCount: number;
  lastRead?: number;
}

/** A message; `received` is in seconds since 1970. Types other than text carry further fields. */
export interface Message {
  id: string;
  role: "user" | "business";
  type: string;
  text?: string;
  userId?: string;
  displayName?: string;
  avatarUrl?: string;
  received: number;
  source?: { type: string; id?: string; integrationId?: string };
  metadata?: Metadata;
  actions?: Action[];
  [field: string]: unknown;
}

/** A button of a message, with further fields of its type. */
export interface Action {
  id: string;
  type: string;
  text: string;
  [field: string]: unknown;
}

/** The pressing of a button of type `postback`, as it is sent. */
export interface Postback {
  actionId: string;
  metadata?: Metadata;
}

/** A conversation; times are in seconds since 1970. Until it is loaded, `messages` may hold only the latest message. */
export interface Conversation {
  id: string;
  type: string;
  isDefault?: boolean;
  displayName?: string | null;
  description?: string | null;
  iconUrl?: string | null;
  metadata?: Metadata | null;
  lastUpdatedAt?: number;
  businessLastRead?: number;
  participants: Participant[];
  messages: Message[];
}

/** The fields that `updateConversation` can change; `null` unsets a field. */
export interface ConversationUpdate {
  displayName?: string | null;
  description?: string | null;
  iconUrl?: string | null;
  metadata?: Metadata | null;
}

/** The options of `createConversation`. */
export interface ConversationOptions {
  displayName?: string;
  description?: string;
  iconUrl?: string;
  metadata?: Metadata;
  messages?: { type: "text"; text: string }[];
}

/** A message to send. */
export interface OutgoingMessage {
  type: string;
  text?: string;
  metadata?: Metadata;
  [field: string]: unknown;
}

/** The conversation an event or a delegate call is about. */
export interface ConversationData {
  conversation: { id: string };
}

/** Callbacks by which a page takes part in the SDK's work. */
export interface Delegate {
  /** Never called, with a warning in the console: this SDK draws nothing. */
  beforeDisplay?(message: Message, data: ConversationData): Message | null | undefined;
  beforeSend?(message: OutgoingMessage, data: ConversationData): OutgoingMessage;
  beforePostbackSend?(postback: Postback, data: ConversationData): Postback;
  /**
   * Answers a new token when the server refuses the present one; the refused request is then repeated, at most five
   * times.
   */
  onInvalidAuth?(): Promise<string> | string;
}

/** Options of `init`. Options of the vendor's SDK that concern its user interface are accepted and ignored. */
export interface InitOptions {
  integrationId: string;
  /** Signs the person in while initialising; goes with `jwt`. */
  externalId?: string;
  jwt?: string;
  /**
   * The base URL of the configuration: `{configBaseUrl}/v2/integrations/{integrationId}/config`. Default: the address
   * of this script.
   */
  configBaseUrl?: string;
  /** The person's language, as a BCP 47 tag. */
  locale?: string;
  /** The storage of an anonymous person's credentials. Default: `localStorage`. */
  browserStorage?: "localStorage" | "sessionStorage";
  delegate?: Delegate;
  /** Milliseconds between two polls for new messages. Default: the server's wish, else 5000. */
  pollInterval?: number;
  [option: string]: unknown;
}

/** Every event with the arguments its listeners get. */
export interface Events {
  ready: [];
  destroy: [];
  connected: [data: ConversationData];
  disconnected: [data: ConversationData];
  /** After `disconnected`, with the next attempt. */
  reconnecting: [data: ConversationData];
  "conversation:added": [participants: Participant[], data: ConversationData];
  "conversation:read": [
    payload: { role: "user" | "business"; userId?: string; lastRead?: number },
    data: ConversationData,
  ];
  "conversation:removed": [data: ConversationData];
  "participant:added": [participant: Participant, data: ConversationData];
  "participant:removed": [participant: Participant, data: ConversationData];
  message: [message: Message, data: ConversationData];
  "message:sent": [message: Message, data: ConversationData];
  "message:received": [message: Message, data: ConversationData];
  unreadCount: [count: number, data: ConversationData];
  /**
   * Not in the vendor's SDK: an anonymous person's session was ended elsewhere; the next message creates a new person.
   */
  "session:ended": [];
  /**
   * This and the following are never emitted, and a warning in the console tells so: this SDK draws nothing, and does
   * not receive typing.
   */
  "widget:opened": [];
  "widget:closed": [];
  "typing:start": [data: ConversationData & { name?: string; avatarUrl?: string }];
  "typing:stop": [data: ConversationData];
  "log:debug": [log: { timestamp: number; message: string; data?: object }];
}

/**
 * The SDK. Every method except `init`, `on`, `off`, `destroy` and those about the messenger needs a successful `init`
 * first; promises reject with a `SmoochError`.
 */
export interface Smooch {
  /**
   * Fetches the configuration and resumes a stored session, or logs in if `externalId` and `jwt` are given. Creates no
   * user.
   */
  init(options: InitOptions): Promise<void>;
  /**
   * Signs the person in, creating the user if none has this externalId; an anonymous user of this browser is upgraded,
   * or merged into the one that has it.
   */
  login(externalId: string, jwt: string): Promise<void>;
  /**
   * Signs the person out; the next conversation belongs to a new anonymous user. Does nothing if no person is logged
   * in.
   */
  logout(): Promise<void>;
  /** Stops everything and unbinds all listeners; `init` may be called again. */
  destroy(): void;
  /**
   * Creates a conversation, and its user first if there is none. In an app that allows one conversation per user, a
   * call without options answers the existing conversation, so a page may call this on every load.
   */
  createConversation(options?: ConversationOptions): Promise<Conversation>;
  updateConversation(conversationId: string, options: ConversationUpdate): Promise<Conversation>;
  /** Fetches a conversation with its messages; without an id, the displayed one. */
  getConversationById(conversationId?: string): Promise<Conversation>;
  /** Lists the conversations fetched so far. */
  getConversations(): Conversation[];
  /** Fetches and answers the next ten conversations. */
  getMoreConversations(): Promise<Conversation[]>;
  hasMoreConversations(): boolean;
  getDisplayedConversation(): Conversation | null;
  /** Fetches a conversation and displays it, which polls it for new messages. */
  loadConversation(conversationId: string): Promise<Conversation>;
  /** Sends a message to the given conversation, else the displayed one, else to a new one. Messages arrive in the order of the calls. */
  sendMessage(message: string | OutgoingMessage, conversationId?: string): Promise<Message>;
  /**
   * Presses a button of type `postback`, of the given or the displayed conversation; the business is told. It rejects
   * where the conversation has no such button.
   */
  triggerPostback(actionId: string, conversationId?: string): Promise<void>;
  markAllAsRead(conversationId?: string): Promise<void>;
  /** May be called as often as the person types; stops by itself ten seconds after the last call. */
  startTyping(conversationId?: string): Promise<void>;
  stopTyping(conversationId?: string): Promise<void>;
  /** Answers the user; `undefined` as long as there is none. */
  getUser(): User | undefined;
  /** Changes the user, or keeps the change until there is one; kept values that the server refuses are dropped. */
  updateUser(update: UserUpdate): Promise<User | undefined>;
  /** Replaces the delegate; `null` removes it. */
  setDelegate(delegate: Delegate | null): void;
  on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): void;
  /** Unbinds one listener, all of an event, or all. */
  off<E extends keyof Events>(event?: E, listener?: (...args: Events[E]) => void): void;
  /**
   * This and the following are about the vendor's messenger on the page. They do nothing, at any time, but warn once in
   * the console.
   */
  open(): void;
  close(): void;
  /** Answers `false`. */
  isOpened(): boolean;
  render(container: Element): void;
  setPredefinedMessage(message: string): void;
  showNotificationChannelPrompt(): void;
}
