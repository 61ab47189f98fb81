import type { BenchApp } from "../rig.ts";

/** Makes a webhook of an app's messages, in a custom integration of its own. */
export async function webhookOf(app: BenchApp, target: string): Promise<void> {
  const { status, text } = await app.api.post(`/v2/apps/${app.id}/integrations`, {
    type: "custom",
    displayName: "Bench",
    webhooks: [{ target, triggers: ["conversation:message"] }],
  });
  if (status !== 201) throw new Error(`No webhook was made: ${text}`);
}

/** Makes a user with a conversation, and answers the conversation's id. */
export async function newConversation(app: BenchApp, externalId: string): Promise<string> {
  await app.api.post(`/v2/apps/${app.id}/users`, { externalId });
  const { body } = await app.api.post<{ conversation: { id: string } }>(`/v2/apps/${app.id}/conversations`, {
    type: "personal",
    participants: [{ userExternalId: externalId }],
  });
  return body.conversation.id;
}

/** Posts a message of a user to its conversation. */
export async function postMessage(app: BenchApp, conversationId: string, externalId: string): Promise<void> {
  const { status, text } = await app.api.post(`/v2/apps/${app.id}/conversations/${conversationId}/messages`, {
    author: { type: "user", userExternalId: externalId },
    content: { type: "text", text: "Hello, is the blue one still there?" },
  });
  if (status !== 201) throw new Error(`No message was made: ${text}`);
}
