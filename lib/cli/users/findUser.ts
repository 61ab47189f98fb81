import type { Invocation, Option } from "../command.ts";
import type { Api } from "../server/api.ts";
import { segment } from "../server/segment.ts";

/** A user as the API answers it. */
export interface User {
  readonly id: string;
  readonly profile?: { readonly givenName?: string; readonly surname?: string };
}

/** The option of commands that name a user by externalId. */
export const brand: Readonly<Record<string, Option>> = {
  "brand-id": { value: "id", summary: "The brand, where users are kept apart by brand" },
};

/** Finds the user of the command's first parameter. Later calls use the id, which needs no encoding in a path. */
export const findUser = (
  api: Api,
  appId: string,
  { parameters: [name = ""], text }: Pick<Invocation, "parameters" | "text">,
): Promise<User> => userNamed(api, appId, name, text("brand-id"));

/** Finds a user by id or externalId. */
export async function userNamed(api: Api, appId: string, name: string, brandId?: string): Promise<User> {
  const path = `/v2/apps/${segment(appId)}/users/${segment(name)}`;
  return (await api.get<{ user: User }>(path, brandId === undefined ? {} : { brandId })).user;
}
