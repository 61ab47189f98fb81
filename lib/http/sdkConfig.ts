import type { App } from "../domain/app.ts";
import type { Integration } from "../domain/integration.ts";

/** What a page's looks are called in the configuration that SDKs read, where the REST API has another name for it. */
const styleNames = {
  brandColor: "brandColor",
  conversationColor: "accentColor",
  actionColor: "linkColor",
  displayStyle: "displayStyle",
  buttonIconUrl: "buttonIconUrl",
  buttonWidth: "buttonWidth",
  buttonHeight: "buttonHeight",
  businessName: "businessName",
  businessIconUrl: "businessIconUrl",
  backgroundImageUrl: "backgroundImageUrl",
  fixedIntroPane: "fixedIntroPane",
  integrationOrder: "integrationOrder",
} as const;

/**
 * The configuration of a Messaging SDK: the app and the integration, how a page looks, where to send everything else, and
 * how to retry. A business's own name and icon go before the app's.
 */
export const sdkConfig = (app: App, { id, type, fields }: Integration, baseUrl: string): object => ({
  app: {
    _id: app.id,
    status: "active",
    name: fields.businessName ?? app.displayName,
    iconUrl: fields.businessIconUrl,
    settings: { multiConvoEnabled: app.settings.multiConvoEnabled },
  },
  // Android's HTTP client refuses a base URL without the slash.
  baseUrl: { web: baseUrl, android: `${baseUrl}/`, ios: baseUrl },
  integration: {
    _id: id,
    type,
    canUserSeeConversationList: fields.canUserSeeConversationList ?? true,
    canUserCreateMoreConversations: fields.canUserCreateMoreConversations ?? false,
  },
  integrations: [],
  style: Object.fromEntries(
    Object.entries(styleNames).flatMap(([field, name]) =>
      fields[field] === undefined || fields[field] === null ? [] : [[name, fields[field]]],
    ),
  ),
  prechatCapture: fields.prechatCapture ?? undefined,
  restRetryPolicy: { intervals: { regular: 60, aggressive: 15 }, backoffMultiplier: 2, maxRetries: 5 },
});
