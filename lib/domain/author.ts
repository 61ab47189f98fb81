import { createHash } from "node:crypto";
import type { AppSettings } from "./app.ts";
import type { Author } from "./message.ts";
import { isVisible } from "./providerValue.ts";
import type { User } from "./user.ts";

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

/** The name under which a user's messages appear: the person's own, or with `useAnimalNames` one that stays the user's. */
export function displayNameOf(user: User, settings: AppSettings): string | undefined {
  const own = [user.profile.givenName, user.profile.surname].filter((name) => name !== undefined).join(" ");
  if (isVisible(own)) return own;
  const onChannel = user.clients.find((client) => client.displayName !== undefined)?.displayName;
  if (onChannel !== undefined) return onChannel;
  if (!settings.useAnimalNames) return undefined;
  const [colour = 0, animal = 0] = createHash("sha256").update(user.id).digest();
  return `${colours[colour % colours.length]} ${animals[animal % animals.length]}`;
}

/** The author of what a user says. */
export const authorOf = (user: User, settings: AppSettings): Author => ({
  type: "user",
  userId: user.id,
  displayName: displayNameOf(user, settings),
  avatarUrl: user.profile.avatarUrl,
});
