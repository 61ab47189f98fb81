/**
 * A body for each REST operation that takes one, as a beginner would send it: the documentation page's "Try it out"
 * starts with it. Tried in this order, they fit together, except for the ids of earlier answers. Without them the page
 * would generate senseless values for every field, which most operations refuse.
 */
export const examples: Readonly<Record<string, object>> = {
  createApp: { displayName: "My app" },
  updateApp: { displayName: "My app", settings: { maskCreditCardNumbers: true } },
  createAppKey: { displayName: "My server" },
  createIntegration: { type: "web", displayName: "My website" },
  updateIntegration: { displayName: "My other website" },
  createCustomIntegrationKey: { displayName: "My integration's server" },
  createWebhook: { target: "https://example.org/events", triggers: ["conversation:message", "conversation:create"] },
  updateWebhook: { triggers: ["conversation:message"], includeFullUser: true },
  createUser: {
    externalId: "jane@example.org",
    profile: { givenName: "Jane", surname: "Doe", email: "jane@example.org", locale: "en-CA" },
    metadata: { plan: "pro", seats: 3 },
  },
  updateUser: { profile: { surname: "Roe" }, metadata: { seats: null } },
  createAttachmentUpload: { name: "tour.mp4", mediaType: "video/mp4" },
  deleteAttachment: { mediaUrl: "https://example.org/attachments/67a0ecf8f0305f4a391e9db1/an-id/cat.png" },
  createConversation: {
    type: "personal",
    participants: [{ userExternalId: "jane@example.org", subscribeSDKClient: false }],
  },
  createClient: {
    matchCriteria: { type: "twilio", integrationId: "67a11490f0305f4a391e9f8a", phoneNumber: "+15145550123" },
    confirmation: { type: "immediate" },
    target: { conversationId: "67a1149bf0305f4a391e9f90" },
  },
  updateConversation: { displayName: "Order 1234" },
  joinConversation: { userExternalId: "jane@example.org", subscribeSDKClient: false },
  leaveConversation: { userExternalId: "jane@example.org" },
  postMessage: {
    author: { type: "business", displayName: "Sunroom" },
    content: { type: "text", text: "Hello Jane, how can we help?" },
  },
  postActivity: { author: { type: "user", userExternalId: "jane@example.org" }, type: "conversation:read" },
};
