import type { Api } from "../server/api.ts";
import { allMessages, allOf } from "../server/pages.ts";
import { segment } from "../server/segment.ts";

interface Identified {
  readonly id: string;
}

/** Writes everything that is stored about several people, one JSON object a line. */
export async function* exportUsers(api: Api, appId: string, users: AsyncIterable<Identified>): AsyncGenerator<string> {
  for await (const user of users) {
    for await (const chunk of exportUser(api, appId, user)) yield chunk.replaceAll("\n", "");
    yield "\n";
  }
}

/**
 * Writes everything that is stored about a person, as chunks of one JSON object: the user, clients, devices, and the
 * conversations with their participants and all messages, the oldest first. No more than one conversation is in memory.
 * @param user as the API answers it
 */
export async function* exportUser(api: Api, appId: string, user: Identified): AsyncGenerator<string> {
  const base = `/v2/apps/${segment(appId)}`;
  const clients = await allOf<object>(api, `${base}/users/${user.id}/clients`, "clients");
  const { devices } = await api.get<{ devices: object[] }>(`${base}/users/${user.id}/devices`);
  const conversations = await allOf<Identified>(api, `${base}/conversations`, "conversations", {
    "filter[userId]": user.id,
  });
  yield `{\n"exportedAt": ${JSON.stringify(new Date())},\n"appId": ${JSON.stringify(appId)},\n"user": ${JSON.stringify(user)},\n`;
  yield `"clients": ${JSON.stringify(clients)},\n"devices": ${JSON.stringify(devices)},\n"conversations": [`;
  for (const [index, conversation] of conversations.entries()) {
    const path = `${base}/conversations/${conversation.id}`;
    const participants = await allOf<object>(api, `${path}/participants`, "participants");
    const messages = await allMessages(api, path);
    yield `${index === 0 ? "" : ","}\n${JSON.stringify({ ...conversation, participants, messages })}`;
  }
  yield "\n]\n}\n";
}
