import type { Invocation } from "../command.ts";
import { UsageError } from "../failures.ts";
import { askLocalServer } from "../server/askLocalServer.ts";
import { segment } from "../server/segment.ts";
import type { User } from "./findUser.ts";

/** The users that were found, and the number of all that there are. */
interface Found {
  readonly users: readonly User[];
  readonly found: number;
}

/**
 * Lists the users that a command line asks for: the one of a verified email, by the API; else all, which only a local
 * server can tell.
 */
export async function listUsers({ text, api, appId }: Invocation): Promise<Found> {
  const [email, search = "", brandId] = [text("email"), text("search"), text("brand-id")];
  if (email !== undefined) {
    if (search !== "") throw new UsageError("--email finds one user and --search several; give one of them.");
    const query = { "filter[identities.email]": email, ...(brandId === undefined ? {} : { brandId }) };
    const { users } = await api().get<{ users: User[] }>(`/v2/apps/${segment(await appId())}/users`, query);
    return { users, found: users.length };
  }
  if (brandId !== undefined) throw new UsageError("--brand-id belongs to --email.");
  const query = new URLSearchParams({ appId: await appId(), search });
  const { users, usersFound } = await askLocalServer<{ users: readonly User[]; usersFound: number }>(
    api(),
    `/local/inspector/records?${query}`,
  );
  return { users, found: usersFound };
}

/** Shows a user with a name, as the local server does, or from the profile. */
export const namedUser = (user: User): object => ({
  name: [user.profile?.givenName, user.profile?.surname].filter(Boolean).join(" "),
  ...user,
});
