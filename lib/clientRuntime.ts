import type { App } from "./domain/app.ts";
import { refuse } from "./domain/refusal.ts";
import { runtime as rest } from "./runtime.ts";
import { linkStore } from "./store/channelLinks.ts";
import { clientRemoval } from "./store/clientRemoval.ts";
import { decideAnew } from "./store/decideAnew.ts";

const { table, users, merges } = rest;

/** The user whom a path names, with everything that was merged into it in place. */
const findNamed = async (app: App, name: string, brandId?: string) => {
  const found = await users.findByIdOrExternalId(app, name, brandId);
  return found && merges.settle(app, found);
};

const removal = clientRemoval(table);

/** What the Lambdas need that link users to people on channels, and end that. */
export const runtime = {
  ...rest,
  links: linkStore(table, users, merges),
  findNamed,
  decideAnew,
  /**
   * Removes a channel's client of a user, pending ones included; the `sdk` client stays as long as the user.
   *
   * @throws Refusal `user_not_found`, `client_not_found`, or `bad_request` for the `sdk` client
   */
  async removeClient(app: App, name: string, brandId: string | undefined, clientId: string | undefined): Promise<void> {
    await decideAnew(async () => {
      const known = await findNamed(app, name, brandId);
      if (!known) throw refuse.userNotFound();
      const client = known.user.clients.find((one) => one.id === clientId);
      if (!client) throw refuse.clientNotFound();
      if (client.type === "sdk") throw refuse.badRequest("Cannot remove a client of type 'sdk'");
      return (await removal.remove(app, known, client)) || "again";
    });
  },
};
