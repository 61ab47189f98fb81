import SunshineConversations from "sunshine-conversations-client";

/** Makes a customer known and greets, by the official client; answers the id of the conversation. */
export async function welcome({ url, appId, key }, externalId) {
  const client = new SunshineConversations.ApiClient();
  client.basePath = url;
  Object.assign(client.authentications.basicAuth, { username: key.id, password: key.secret });

  await new SunshineConversations.UsersApi(client).createUser(appId, { externalId });
  const { conversation } = await new SunshineConversations.ConversationsApi(client).createConversation(appId, {
    type: "personal",
    participants: [{ userExternalId: externalId }],
  });
  await new SunshineConversations.MessagesApi(client).postMessage(appId, conversation.id, {
    author: { type: "business" },
    content: { type: "text", text: "Welcome!" },
  });
  return conversation.id;
}
