import * as v from "valibot";
import { object } from "../lib/http/schemas.ts";
import { personOperation } from "../lib/http/sdk.ts";
import { runtime } from "../lib/sdkRuntime.ts";

export const body = object({
  activity: object({ type: v.picklist(["conversation:read", "typing:start", "typing:stop", "message:delivery"]) }),
});

/** Reading is kept; typing and having received have nobody to be told yet and are acknowledged. */
export const handler = personOperation(
  "sdkPostActivity",
  body,
  runtime,
  async ({ person, params, body, now }, { conversations }) => {
    const { appId, id } = await conversations.findOf(person.user, params.conversationId);
    if (body.activity.type === "conversation:read")
      await conversations.markRead(appId, id, { userId: person.user.id }, now);
    return { status: 200, body: {} };
  },
);
