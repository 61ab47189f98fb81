import { absent } from "../db/expression.ts";
import { type AddressRecord, isVacant, readAddressRecord, redirectItem, userItem } from "../db/items/userItem.ts";
import type { Runtime } from "../db/runtime.ts";
import { type Operation, transact } from "../db/transact.ts";
import { putItem } from "../db/writeItems.ts";
import type { User } from "../model/user.ts";
import { resumeDeletionAt } from "./delete/finishDeletion.ts";

/** The result of a creation: the user as created, or the record at its address. */
export type Created = { readonly created: User } | { readonly existing: AddressRecord | undefined };

/**
 * Creates a user at its address: by one conditional write if the address is free. At a vacancy, finishes the old user's
 * deletion first and creates the user under a new id.
 * @param alongside the writes that belong to the creation, all or nothing
 * @returns the user as created, or the record at the address, which is `undefined` if a write alongside was refused
 */
export async function createUser(
  runtime: Pick<Runtime, "db" | "newId">,
  user: User,
  alongside: (user: User) => readonly Operation[] = () => [],
): Promise<Created> {
  const existing = await putUser(runtime, user, alongside(user));
  if (existing === "created") return { created: user };
  if (existing?.kind !== "vacancy") return { existing };
  await resumeDeletionAt(runtime, user.appId, existing);
  const successor = { ...user, id: runtime.newId() };
  const written = await transact(runtime.db, {
    user: { put: userItem(successor), condition: absent },
    redirect: { put: redirectItem(user.appId, user.id, { userId: successor.id }, existing), condition: isVacant },
    alongside: alongside(successor),
  });
  if (written.done) return { created: successor };
  const { redirect } = written.failed;
  return { existing: redirect?.existing && readAddressRecord(redirect.existing) };
}

/** Puts a user at a free address, alone in one write or with others in a transaction. */
async function putUser(
  { db }: Pick<Runtime, "db">,
  user: User,
  alongside: readonly Operation[],
): Promise<"created" | AddressRecord | undefined> {
  const item = userItem(user);
  if (alongside.length > 0) {
    const written = await transact(db, { user: { put: item, condition: absent }, alongside });
    if (written.done) return "created";
    const existing = written.failed.user?.existing;
    return existing && readAddressRecord(existing);
  }
  const written = await putItem(db, item, absent);
  // A write that is repeated after a lost answer finds its own item.
  if (written.done || written.existing?.version === item.version) return "created";
  return written.existing && readAddressRecord(written.existing);
}
