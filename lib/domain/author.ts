import { createHash } from "node:crypto";
import type { AppSettings } from "./app.ts";
import { type Author, type Content, maskCardNumbers } from "./message.ts";
import { textOfHtml } from "./richText.ts";
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
  if (own !== "") return own;
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

/** The parts of a content that people read; others, such as a URL, would no longer be what they are. */
const words = ["text", "htmlText", "markdownText", "altText"] as const;

/**
 * A message's content as it is kept: with a plain text where only a rich one was given, for whoever shows no other, and
 * with `maskCreditCardNumbers` without the digits of payment cards. Markdown is its own plain text.
 */
export function keptContent(content: Content, settings: AppSettings): Content {
  const { htmlText, markdownText } = content;
  const text =
    content.text ??
    (typeof htmlText === "string" ? textOfHtml(htmlText) : typeof markdownText === "string" ? markdownText : undefined);
  const said = text === undefined ? content : { ...content, text };
  if (!settings.maskCreditCardNumbers) return said;
  const masked = words.flatMap((name) => {
    const value = said[name];
    return typeof value === "string" ? [[name, maskCardNumbers(value)]] : [];
  });
  return { ...said, ...Object.fromEntries(masked) };
}
