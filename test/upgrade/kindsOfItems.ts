import * as keys from "../../lib/db/keys.ts";
import type { StoredItem } from "./storedItem.ts";

/** Names the kind of item at a key, as docs/data.md lists them. */
function kindAt(pk: string, sk: string): string {
  const [partition = ""] = pk.split("#");
  // A delivery's sort key is its id alone.
  return partition === "deliveries" ? "deliveries/…" : `${partition}/${sk.split("#")[0]}`;
}

/** Names an item's kind with its state, where one kind of item has several. */
export function kindsOf(item: StoredItem): readonly string[] {
  const kind = kindAt(item.pk.S, item.sk.S);
  if (kind === "user/user") return [kind, `${kind} ${item.kind?.S}${item.absorbing ? " with pending moves" : ""}`];
  if (kind !== "conversation/conversation") return [kind];
  if (item.mergedInto) return [kind, `${kind} ${item.mergedInto.S === "" ? "deleted" : "merged"}`];
  return [kind, `${kind} ${item.absorbing ? "with pending moves" : "open"}`];
}

const states = [
  ...["user", "user with pending moves", "redirect", "vacancy"].map((state) => `user/user ${state}`),
  ...["open", "with pending moves", "merged", "deleted"].map((state) => `conversation/conversation ${state}`),
];

/** Lists every kind of item that this build can make: those of the functions that make keys, and their states. */
export function everyKind(): readonly string[] {
  const made = Object.entries(keys)
    .filter(([name]) => name.endsWith("Key"))
    .map(([name, make]): unknown => {
      const parts = name === "signatureKey" ? [{ id: "0", salt: "0" }] : ["0", "0", "0"];
      // A cast because the functions take different numbers of names.
      return (make as (...parts: unknown[]) => unknown)(...parts);
    })
    .filter((key): key is keys.Key => typeof key === "object" && key !== null && "pk" in key)
    .map(({ pk, sk }) => kindAt(pk, sk));
  return [...new Set([...made, ...states])];
}
