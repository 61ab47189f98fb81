import { publicUser } from "../../http/answers/rest.ts";
import type { Webhook } from "../../model/events/webhook.ts";
import type { User } from "../../model/user.ts";

/** Shows of a user what tells who it is. Source: the vendor's OpenAPI description, "userTruncated". */
export const truncatedUser = (user: User): object => ({
  id: user.id,
  authenticated: user.authenticated,
  ...(user.externalId === undefined ? {} : { externalId: user.externalId }),
  ...(user.brandId === undefined ? {} : { brandId: user.brandId }),
});

/** Shows a user as a webhook asks for it: whole, or truncated. */
export const shownUser = (user: User, { includeFullUser }: Pick<Webhook, "includeFullUser">): object =>
  includeFullUser ? publicUser(user) : truncatedUser(user);
