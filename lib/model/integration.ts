import type { ChannelType, CredentialField } from "./channel.ts";

/** The types of integration, and of device, that run a Messaging SDK. */
export const sdkTypes = ["web", "ios", "android", "unity"] as const;

export type SdkType = (typeof sdkTypes)[number];
export type IntegrationType = SdkType | ChannelType | "custom";

/** A front end or channel of an app, with its configuration. */
export interface Integration {
  readonly id: string;
  readonly appId: string;
  readonly type: IntegrationType;
  readonly status: "active" | "inactive" | "error";
  readonly displayName?: string | undefined;
  /** Its type's own fields, secrets included. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A field of an integration: a channel's credential, or a setting of another form. */
export type IntegrationField = Omit<CredentialField, "type"> & {
  readonly type?: "string" | "boolean" | "strings" | "origins" | "object";
};

/** Types of the vendor's API that cannot be created here. */
export const unservedTypes = ["apple", "gbm", "googlercs", "kakao", "slackconnect", "twitter", "wechat"] as const;

const colour = { pattern: /^(?:[0-9a-f]{3}){1,2}$/i } as const;

/** The URL of a picture that pages show. */
const pictureUrl = { maxLength: 2048, pattern: /^https?:\/\//i } as const;

const conversationList = {
  canUserSeeConversationList: { type: "boolean" },
  canUserCreateMoreConversations: { type: "boolean" },
} as const;

/** The fields of the types that are not channels. Source: the vendor's OpenAPI description, "Integrations". */
export const integrationFields: Readonly<Record<SdkType | "custom", Readonly<Record<string, IntegrationField>>>> = {
  web: {
    brandColor: colour,
    fixedIntroPane: { type: "boolean" },
    conversationColor: colour,
    actionColor: colour,
    displayStyle: { pattern: /^(?:button|tab)$/ },
    buttonIconUrl: pictureUrl,
    buttonWidth: {},
    buttonHeight: {},
    integrationOrder: { type: "strings" },
    businessName: {},
    businessIconUrl: pictureUrl,
    backgroundImageUrl: pictureUrl,
    originWhitelist: { type: "origins" },
    prechatCapture: { type: "object" },
    ...conversationList,
  },
  android: {
    senderId: {},
    serverKey: { secret: true },
    projectId: {},
    clientEmail: {},
    privateKey: { secret: true, maxLength: 8192 },
    ...conversationList,
  },
  ios: {
    certificate: { secret: true, maxLength: 65536 },
    password: { secret: true },
    production: { type: "boolean" },
    autoUpdateBadge: { type: "boolean" },
    ...conversationList,
  },
  unity: { ...conversationList },
  custom: {},
};

export const isSdkType = (type: string): type is SdkType => sdkTypes.some((sdkType) => sdkType === type);
