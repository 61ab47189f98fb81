import { publicUser } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";
import { deletePersonalInformation } from "../lib/users/delete/deletePersonalInformation.ts";

/** Clears a user's personal information, and keeps the user, its ids and messages. */
export const handler = appOperation(
  "deleteUserPersonalInformation",
  undefined,
  restRuntime,
  async ({ app, params, query }, runtime) => {
    const user = await deletePersonalInformation(
      runtime,
      app,
      params.userIdOrExternalId ?? "",
      query.get("brandId") ?? undefined,
    );
    if (!user) throw apiError.userNotFound();
    return { status: 200, body: { user: publicUser(user) } };
  },
);
