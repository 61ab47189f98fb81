import { type Command, type Invocation, yes } from "../command.ts";
import { readAssignments } from "../line/assignments.ts";
import { fieldLines, tableOf } from "../plainText.ts";
import { segment } from "../server/segment.ts";
import { exportUser } from "./exportUser.ts";
import { brand, findUser, type User } from "./findUser.ts";
import { listUsers, namedUser } from "./listUsers.ts";

/** The options of a profile, and their fields. */
const profileFields = {
  "given-name": "givenName",
  surname: "surname",
  email: "email",
  "avatar-url": "avatarUrl",
  locale: "locale",
} as const;

export const userCommands: readonly Command[] = [
  {
    name: "user create",
    summary: "Create a user, with an externalId of your own or without",
    parameters: ["[externalId]"],
    options: {
      "given-name": { value: "name", summary: "Of the profile" },
      surname: { value: "name", summary: "Of the profile" },
      email: { value: "address", summary: "Of the profile" },
      "avatar-url": { value: "url", summary: "Of the profile" },
      locale: { value: "tag", summary: "Of the profile, e.g. en-CA" },
      "signed-up-at": { value: "time", summary: "E.g. 2026-01-31T12:00:00.000Z; now, if it is not given" },
      metadata: { value: "name=value", summary: "A custom property; name:=json for a number or boolean. Repeatable" },
      ...brand,
    },
    inApp: true,
    examples: [
      "user create jane@example.org --given-name Jane --email jane@example.org",
      "user create 12345 --metadata plan=pro --metadata seats:=3 --json",
    ],
    run: async (invocation) => {
      const { user } = await invocation
        .api()
        .post<{ user: User }>(`/v2/apps/${segment(await invocation.appId())}/users`, newUserBody(invocation));
      return { json: user, text: fieldLines(user) };
    },
  },
  {
    name: "user list",
    summary: "List an app's users beside a local server, or find the one of a verified email",
    parameters: [],
    options: {
      search: { value: "text", summary: "Only users in whose ids, names or addresses it occurs" },
      email: { value: "address", summary: "Only the user with this verified email; works with every server" },
      ...brand,
    },
    inApp: true,
    notes: [
      "The API finds users by a verified email alone. A local server lists the latest hundred of all others, too.",
    ],
    examples: ["user list", "user list --search jane", "user list --email jane@example.org --json"],
    run: async (invocation) => {
      const { users, found } = await listUsers(invocation);
      const columns = ["id", "externalId", "name", "signedUpAt"];
      const rest = found > users.length ? `\n\nThese are the latest of ${found}; --search finds the others.` : "";
      return { json: users, text: `${tableOf(users.map(namedUser), columns, "There is no such user.")}${rest}` };
    },
  },
  {
    name: "user get",
    summary: "Show a user, by id or externalId",
    parameters: ["<userIdOrExternalId>"],
    options: brand,
    inApp: true,
    examples: ["user get jane@example.org", "user get 67a11490f0305f4a391e9f8a --json"],
    run: async (invocation) => {
      const user = await findUser(invocation.api(), await invocation.appId(), invocation);
      return { json: user, text: fieldLines(user) };
    },
  },
  {
    name: "user delete",
    summary: "Delete a user with all clients, conversations and messages, for good",
    parameters: ["<userIdOrExternalId>"],
    options: { ...yes, ...brand },
    inApp: true,
    notes: ["The externalId is free at once. Whoever has it next is another person; sunroom user export keeps a copy."],
    examples: ["user delete jane@example.org --yes"],
    run: async (invocation) => {
      invocation.confirm("This deletes a user with all conversations and messages for good");
      const app = await invocation.appId();
      const { id } = await findUser(invocation.api(), app, invocation);
      await invocation.api().delete(`/v2/apps/${segment(app)}/users/${id}`);
      return { json: { id, deleted: true }, text: `The user ${id} is deleted.` };
    },
  },
  {
    name: "user export",
    summary: "Write everything that is stored about a person, as JSON",
    parameters: ["<userIdOrExternalId>"],
    options: brand,
    inApp: true,
    notes: [
      "The user, clients, devices, and all conversations with their participants and messages, the oldest first.",
    ],
    examples: ["user export jane@example.org > jane.json"],
    run: async (invocation) => {
      const app = await invocation.appId();
      const user = await findUser(invocation.api(), app, invocation);
      return { chunks: exportUser(invocation.api(), app, user) };
    },
  },
];

/** Makes the API's body of a new user from the options. */
function newUserBody({ parameters: [externalId], text, texts }: Invocation): object {
  const profile = Object.entries(profileFields).flatMap(([option, field]) => {
    const value = text(option);
    return value === undefined ? [] : [[field, value]];
  });
  const body = {
    externalId,
    brandId: text("brand-id"),
    signedUpAt: text("signed-up-at"),
    profile: profile.length > 0 ? Object.fromEntries(profile) : undefined,
    metadata: texts("metadata").length > 0 ? readAssignments(texts("metadata")) : undefined,
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}
