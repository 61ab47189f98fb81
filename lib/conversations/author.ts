import { createHash } from "node:crypto";
import type { AppSettings } from "../model/app.ts";
import type { Author } from "../model/message.ts";
import type { User } from "../model/user.ts";
import { isVisible } from "../model/values/providerValue.ts";

const colours = [
  "Amber",
  "Azure",
  "Coral",
  "Crimson",
  "Emerald",
  "Golden",
  "Indigo",
  "Ivory",
  "Jade",
  "Lilac",
  "Olive",
  "Pearl",
  "Ruby",
  "Silver",
  "Teal",
  "Violet",
] as const;
const animals = [
  "Badger",
  "Beaver",
  "Crane",
  "Dolphin",
  "Falcon",
  "Fox",
  "Gazelle",
  "Hare",
  "Heron",
  "Ibex",
  "Jaguar",
  "Koala",
  "Lynx",
  "Marten",
  "Otter",
  "Owl",
  "Panda",
  "Puffin",
  "Raven",
  "Seal",
  "Stoat",
  "Swan",
  "Tapir",
  "Wren",
] as const;

/**
 * Chooses the name under which a user's messages appear: the user's own, or with `useAnimalNames` a permanent one
 * derived from the user's id.
 */
export function displayNameOf(user: User, settings: AppSettings): string | undefined {
  const ownName = [user.profile.givenName, user.profile.surname].filter((name) => name !== undefined).join(" ");
  if (isVisible(ownName)) return ownName;
  const channelName = user.clients.find((client) => client.displayName !== undefined)?.displayName;
  if (channelName !== undefined) return channelName;
  if (!settings.useAnimalNames) return undefined;
  const [colour = 0, animal = 0] = createHash("sha256").update(user.id).digest();
  return `${colours[colour % colours.length]} ${animals[animal % animals.length]}`;
}

/** Describes a user as the author of messages. */
export const authorOf = (user: User, settings: AppSettings): Author => ({
  type: "user",
  userId: user.id,
  displayName: displayNameOf(user, settings),
  avatarUrl: user.profile.avatarUrl,
});
