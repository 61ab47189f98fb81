import type { App } from "../../model/app.ts";
import type { Integration } from "../../model/integration.ts";

/** The names of style settings in the configuration of SDKs, by their names in the REST API. */
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
 * Writes the configuration of a Messaging SDK: the app and the integration, the style of a page, the base URL of all
 * other requests, and the retry policy. A business's own name and icon take precedence over the app's.
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
