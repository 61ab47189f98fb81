import type { Metadata } from "./metadata.ts";

/** What an app's settings switch. A setting not given keeps its default. */
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

/** A tenant: its users, conversations and integrations are nobody else's. */
export interface App {
  readonly id: string;
  readonly displayName: string;
  readonly settings: AppSettings;
  readonly metadata: Metadata;
  /** Random, kept secret: what the app's derived ids are keyed with, so that an id reveals nothing of an externalId. */
  readonly salt: string;
}

/** The app as the API answers it. */
export function publicApp(app: App): object {
  return {
    id: app.id,
    displayName: app.displayName,
    settings: app.settings,
    ...(Object.keys(app.metadata).length > 0 ? { metadata: app.metadata } : {}),
  };
}
