import { type Command, yes } from "../command.ts";
import { fieldLines, tableOf } from "../plainText.ts";
import { allOf } from "../server/pages.ts";
import { segment } from "../server/segment.ts";
import { brand, findUser, userNamed } from "../users/findUser.ts";

/** Writes the path of an app's conversations. */
export const conversationsPath = (appId: string) => `/v2/apps/${segment(appId)}/conversations`;

/** The types of conversation: with one user, and with a group. */
const types: readonly string[] = ["personal", "sdkGroup"];

export const conversationCommands: readonly Command[] = [
  {
    name: "conversation create",
    summary: "Start a conversation with a user, or a group of users",
    parameters: ["<userIdOrExternalId>…"],
    options: {
      type: { value: "type", values: types, summary: "personal with one user, sdkGroup with several, if not given" },
      "display-name": { value: "name", summary: "A name for people" },
      description: { value: "text", summary: "A description for people" },
      ...brand,
    },
    inApp: true,
    examples: [
      "conversation create jane@example.org",
      'conversation create jane@example.org 67a11490f0305f4a391e9f8a --display-name "Order 12"',
    ],
    run: async ({ parameters: names, text, api, appId }) => {
      const app = await appId();
      const type = text("type") ?? (names.length === 1 ? "personal" : "sdkGroup");
      const users = await Promise.all(names.map((name) => userNamed(api(), app, name, text("brand-id"))));
      const body = {
        type,
        participants: users.map(({ id }) => ({
          userId: id,
          ...(type === "sdkGroup" ? { subscribeSDKClient: true } : {}),
        })),
        displayName: text("display-name"),
        description: text("description"),
      };
      const { conversation } = await api().post<{ conversation: object }>(conversationsPath(app), body);
      return { json: conversation, text: fieldLines(conversation) };
    },
  },
  {
    name: "conversation list",
    summary: "List a user's conversations",
    parameters: ["<userIdOrExternalId>"],
    options: brand,
    inApp: true,
    examples: ["conversation list jane@example.org", "conversation list 67a11490f0305f4a391e9f8a --json"],
    run: async (invocation) => {
      const app = await invocation.appId();
      const { id } = await findUser(invocation.api(), app, invocation);
      const query = { "filter[userId]": id };
      const found = await allOf<object>(invocation.api(), conversationsPath(app), "conversations", query);
      const columns = ["id", "type", "isDefault", "displayName", "lastUpdatedAt"];
      return { json: found, text: tableOf(found, columns, "The user has no conversation yet.") };
    },
  },
  {
    name: "conversation get",
    summary: "Show a conversation with its participants",
    parameters: ["<conversationId>"],
    inApp: true,
    examples: ["conversation get 65f0c1d2e3a4b5c6d7e8f901", "conversation get 65f0c1d2e3a4b5c6d7e8f901 --json"],
    run: async ({ parameters: [id = ""], api, appId }) => {
      const path = `${conversationsPath(await appId())}/${segment(id)}`;
      const { conversation } = await api().get<{ conversation: object }>(path);
      const participants = await allOf<object>(api(), `${path}/participants`, "participants");
      const columns = ["userId", "userExternalId", "unreadCount", "lastRead"];
      return {
        json: { ...conversation, participants },
        text: `${fieldLines(conversation)}\n\n${tableOf(participants, columns, "It has no participant.")}`,
      };
    },
  },
  {
    name: "conversation delete",
    summary: "Delete a conversation with its messages, for good",
    parameters: ["<conversationId>"],
    options: yes,
    inApp: true,
    notes: ["A user's first conversation is the default one, which goes with the user alone."],
    examples: ["conversation delete 65f0c1d2e3a4b5c6d7e8f901 --yes"],
    run: async ({ parameters: [id = ""], api, appId, confirm }) => {
      confirm("This deletes a conversation with all messages for good");
      await api().delete(`${conversationsPath(await appId())}/${segment(id)}`);
      return { json: { id, deleted: true }, text: `The conversation ${id} is deleted.` };
    },
  },
];
