import type { Content } from "../message.ts";
import type { Action } from "./action.ts";

/** Reads the id of the message whose button an id names: the ids of buttons on the SDKs' wire begin with it. */
export const messageOfButton = (actionId: string): string => actionId.split("-", 1)[0] ?? "";

/** Finds the button that an id of the SDKs' wire names. */
export function buttonOf(content: Content, actionId: string): Action | undefined {
  const [, ...places] = actionId.split("-");
  if (places.length > 2) return undefined;
  const [item, index] = places.length === 1 ? [undefined, places[0]] : places;
  if (item === undefined) return "actions" in content ? actionAt(content.actions, index) : undefined;
  const items = "items" in content ? content.items : [];
  return actionAt(items.find((_, place) => `item${place}` === item)?.actions, index);
}

const actionAt = (actions: readonly Action[] = [], index = ""): Action | undefined =>
  actions.find((_, place) => String(place) === index);
