import type { Command } from "../command.ts";
import { CommandFailed } from "../failures.ts";
import { fieldLines, tableOf } from "../plainText.ts";
import type { Credentials } from "../server/api.ts";
import { segment } from "../server/segment.ts";

/** An API key as the API answers it, its secret included. */
export interface Key extends Credentials {
  readonly displayName: string;
}

export const keysPath = (appId: string) => `/v2/apps/${segment(appId)}/keys`;

export const keyCommands: readonly Command[] = [
  {
    name: "key create",
    summary: "Make an API key of an app, and show its secret",
    parameters: ["<displayName>"],
    inApp: true,
    examples: ['key create "My server"', 'key create "My server" --json'],
    run: async ({ parameters, api, appId }) => {
      const { key } = await api().post<{ key: Key }>(keysPath(await appId()), { displayName: parameters[0] });
      return { json: key, text: fieldLines(key) };
    },
  },
  {
    name: "key list",
    summary: "List the API keys of an app, without their secrets",
    parameters: [],
    inApp: true,
    examples: ["key list"],
    run: async ({ api, appId }) => {
      const { keys } = await api().get<{ keys: Key[] }>(keysPath(await appId()));
      const listed = keys.map(({ secret: _, ...key }) => key);
      return { json: listed, text: tableOf(listed, ["id", "displayName"], "The app has no key yet.") };
    },
  },
  {
    name: "key rotate",
    summary: "Replace an API key by a new one of the same name, and show its secret",
    parameters: ["<keyId>"],
    options: { "delete-old": { summary: "Delete the old key, once the new one is seen to work" } },
    inApp: true,
    notes: [
      "The old key goes on working until it is deleted, so that nothing that uses it stops: give the new key to whatever uses the old one, then delete the old one.",
      "A deleted key is refused within a minute. An app has at most ten keys.",
    ],
    examples: ["key rotate app_65f0c1d2e3a4b5c6d7e8f901", "key rotate app_65f0c1d2e3a4b5c6d7e8f901 --delete-old"],
    run: async ({ parameters: [oldId = ""], flag, api, appId }) => {
      const app = await appId();
      const old = `${keysPath(app)}/${segment(oldId)}`;
      const { displayName } = (await api().get<{ key: Key }>(old)).key;
      const { key } = await api().post<{ key: Key }>(keysPath(app), { displayName });
      const deleted = flag("delete-old");
      if (deleted) {
        await proveKey(
          () =>
            api()
              .as(key)
              .get(`/v2/apps/${segment(app)}`),
          key,
        );
        await api().delete(old);
      }
      return {
        json: { key, old: { id: oldId, deleted } },
        text: `${fieldLines(key)}\n\n${
          deleted
            ? `The old key ${oldId} is deleted.`
            : `The old key still works. When nothing uses it any more: sunroom key delete ${oldId} --app ${app}`
        }`,
      };
    },
  },
  {
    name: "key delete",
    summary: "Delete an API key of an app: within a minute it is refused",
    parameters: ["<keyId>"],
    inApp: true,
    examples: ["key delete app_65f0c1d2e3a4b5c6d7e8f901"],
    run: async ({ parameters: [id = ""], api, appId }) => {
      await api().delete(`${keysPath(await appId())}/${segment(id)}`);
      return { json: { id, deleted: true }, text: `The key ${id} is deleted.` };
    },
  },
];

/** @throws CommandFailed if the new key does not work; then both are left as they are */
async function proveKey(use: () => Promise<unknown>, key: Key): Promise<void> {
  try {
    await use();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailed(
      `The old key is not deleted, since the new key ${key.id}, which remains, could not be used: ${why}`,
    );
  }
}
