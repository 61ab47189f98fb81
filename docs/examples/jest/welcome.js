/** Makes a customer known and greets; answers the id of the conversation. */
exports.welcome = async function welcome({ url, appId, authorization }, externalId) {
  const post = async (path, body) => {
    const headers = { authorization, "content-type": "application/json" };
    const answer = await fetch(`${url}/v2/apps/${appId}${path}`, {
      ...{ method: "POST", headers, body: JSON.stringify(body) },
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}.`);
    return answer.json();
  };
  await post("/users", { externalId });
  const participants = [{ userExternalId: externalId }];
  const { conversation } = await post("/conversations", { type: "personal", participants });
  await post(`/conversations/${conversation.id}/messages`, {
    author: { type: "business" },
    content: { type: "text", text: "Welcome!" },
  });
  return conversation.id;
};
