import { findConversations } from "../conversations/findConversation.ts";
import type { Runtime } from "../db/runtime.ts";
import type { App } from "../model/app.ts";
import { findUserByIdOrExternalId } from "./findUser.ts";

/** Gives the REST answers the functions with which they read users. */
export const userReading = (runtime: Pick<Runtime, "db" | "now">) => ({
  findUser: (app: App, name: string, brandId?: string) => findUserByIdOrExternalId(runtime, app, name, brandId),
  findConversations: (appId: string, ids: readonly string[]) => findConversations(runtime, appId, ids),
});
