/** Where the program finds the API: Sunshine Conversations, or Sunroom. */
export interface Api {
  readonly url: string;
  readonly appId: string;
  readonly authorization: string;
}

/** Makes a customer known and greets; answers the id of the conversation. */
export async function welcome({ url, appId, authorization }: Api, externalId: string): Promise<string> {
  const post = async (path: string, body: object) => {
    const headers = { authorization, "content-type": "application/json" };
    const answer = await fetch(`${url}/v2/apps/${appId}${path}`, {
      ...{ method: "POST", headers, body: JSON.stringify(body) },
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}.`);
    return answer.json();
  };
  await post("/users", { externalId });
  const { conversation } = await post("/conversations", {
    type: "personal",
    participants: [{ userExternalId: externalId }],
  });
  await post(`/conversations/${conversation.id}/messages`, {
    author: { type: "business" },
    content: { type: "text", text: "Welcome!" },
  });
  return conversation.id;
}
