import { userKey } from "./keys.ts";
import type { Item, Operation, Table } from "./table.ts";
import { leadsTo, newVersion, readStanding, vacancyItem } from "./userItem.ts";

/** The operation that makes an address nobody's, if it leads to this user. */
export const vacateAddress = (appId: string, address: string, userId: string) => ({
  put: vacancyItem(appId, address, userId),
  condition: leadsTo(userId),
});

/** The same for an address where another user lives, whose item says that it leads to this one. */
export const vacateHeir = (appId: string, address: string, userId: string) =>
  ({
    update: userKey(appId, address),
    change: { text: "SET version = :next REMOVE heir", values: { ":next": newVersion() } },
    condition: { text: "heir.userId = :user", values: { ":user": userId } },
  }) satisfies Operation;

/** Whether what stands at an address is another user's item that says the address leads to this one. */
export function isHeir(item: Item | undefined, userId: string): boolean {
  const standing = item && readStanding(item);
  return standing?.kind === "user" && standing.heir?.userId === userId;
}

/** Makes an address nobody's if it leads to this user, who is gone. */
export async function vacate(table: Table, appId: string, address: string, userId: string): Promise<void> {
  const { put, condition } = vacateAddress(appId, address, userId);
  const written = await table.put(put, condition);
  if (written.done || !isHeir(written.standing, userId)) return;
  const heir = vacateHeir(appId, address, userId);
  await table.update(heir.update, heir.change, heir.condition);
}
