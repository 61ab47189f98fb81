import type { Metadata } from "./metadata.ts";

/** The settings of an app. A setting that is not given keeps its default. */
export interface AppSettings {
  readonly conversationRetentionSeconds?: number;
  readonly maskCreditCardNumbers: boolean;
  readonly useAnimalNames: boolean;
  readonly echoPostback: boolean;
  readonly ignoreAutoConversationStart: boolean;
  readonly multiConvoEnabled: boolean;
  readonly appLocalizationEnabled: boolean;
  readonly endSessionEnabled?: boolean;
  readonly disableConversationReopen?: boolean;
}

export const defaultSettings: AppSettings = {
  maskCreditCardNumbers: true,
  useAnimalNames: false,
  echoPostback: false,
  ignoreAutoConversationStart: false,
  multiConvoEnabled: false,
  appLocalizationEnabled: true,
};

/** A tenant with users, conversations and integrations of its own. */
export interface App {
  readonly id: string;
  readonly displayName: string;
  readonly settings: AppSettings;
  readonly metadata: Metadata;
  /** The random, secret key of the app's derived ids, so that an id reveals nothing of an externalId. */
  readonly salt: string;
}
