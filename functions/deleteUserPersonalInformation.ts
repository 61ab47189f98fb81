import { refuse } from "../lib/domain/refusal.ts";
import { publicUser } from "../lib/domain/user.ts";
import { runtime } from "../lib/erasureRuntime.ts";
import { appOperation } from "../lib/http/rest.ts";

/** Clears what tells who a user is, and keeps the user, its ids and what was said. */
export const handler = appOperation(
  "deleteUserPersonalInformation",
  undefined,
  runtime,
  async ({ app, params, query }, { erasures }) => {
    const user = await erasures.deletePersonalInformation(
      app,
      params.userIdOrExternalId ?? "",
      query.get("brandId") ?? undefined,
    );
    if (!user) throw refuse.userNotFound();
    return { status: 200, body: { user: publicUser(user) } };
  },
);
