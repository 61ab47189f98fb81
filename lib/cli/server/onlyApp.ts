import { CommandFailed, UsageError } from "../failures.ts";
import { harmless } from "../plainText.ts";
import type { Api } from "./api.ts";

/** Finds the account's only app. @throws UsageError if there are several, CommandFailed if there is none */
export async function onlyApp(api: Api): Promise<string> {
  if (!api.credentials.id.startsWith("act_")) throw new UsageError("Say which app, with --app or SUNROOM_APP_ID.");
  const { apps, meta } = await api.get<{ apps: { id: string; displayName: string }[]; meta: { hasMore: boolean } }>(
    "/v2/apps",
    { "page[size]": "10" },
  );
  const [only, another] = apps;
  if (!only) throw new CommandFailed('There is no app yet; make one with sunroom app create "My app".');
  if (another) {
    const rows = apps.map(({ id, displayName }) => `  ${id}  ${harmless(displayName)}\n`).join("");
    const more = meta.hasMore ? "  and more (sunroom app list)\n" : "";
    throw new UsageError(`There are several apps; say which, with --app or SUNROOM_APP_ID:\n${rows}${more}`);
  }
  return only.id;
}
