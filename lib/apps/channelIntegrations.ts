import type { Runtime } from "../db/runtime.ts";
import type { ChannelType } from "../model/channel.ts";
import type { Integration } from "../model/integration.ts";
import { type Page, pageSize } from "../model/page.ts";
import { listApps } from "./apps.ts";
import { listIntegrations } from "./integrations.ts";

/** Lists every integration of a channel, of all apps. For the local server: it reads each app's list. */
export async function channelIntegrations(
  runtime: Pick<Runtime, "db">,
  type: ChannelType,
): Promise<readonly Integration[]> {
  const apps = await everyRecord((after) => listApps(runtime, { size: pageSize.max, after }));
  const lists = await Promise.all(
    apps.map(({ id }) => everyRecord((after) => listIntegrations(runtime, id, [type], { size: pageSize.max, after }))),
  );
  return lists.flat();
}

async function everyRecord<T extends { readonly id: string }>(
  read: (after: string | undefined) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const records: T[] = [];
  for (let page = await read(undefined); ; page = await read(page.records.at(-1)?.id)) {
    records.push(...page.records);
    if (!page.hasNext) return records;
  }
}
