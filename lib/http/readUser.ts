import { apiError } from "../model/apiError.ts";
import type { App } from "../model/app.ts";
import { devicesBySeen, withLastSeen } from "../model/client.ts";
import type { Conversation } from "../model/conversation.ts";
import { pageOf } from "../model/page.ts";
import type { StoredUser, User } from "../model/user.ts";
import { publicClient, publicDevice, publicUser } from "./answers/rest.ts";
import type { Answer } from "./pipeline.ts";
import type { AppCall } from "./rest.ts";

/** The functions with which users are read. */
export interface UserReading {
  readonly findUser: (app: App, name: string, brandId?: string) => Promise<StoredUser | undefined>;
  readonly findConversations: (appId: string, ids: readonly string[]) => Promise<readonly Conversation[]>;
}

/** One meaning of a path: the name of a user, and the part of the user. */
export interface PathMeaning {
  readonly name: string;
  readonly part: "user" | "clients" | "devices" | { readonly deviceId: string };
}

/**
 * Lists the meanings of a path below `/users/` that the gateway could not split: an externalId may have slashes, and
 * may end like the path of a user's clients or devices.
 */
export function meaningsOf(path: string): readonly PathMeaning[] {
  const [, owner, part] = /^(.+)\/(clients|devices)$/s.exec(path) ?? [];
  const [, deviceOwner, deviceId] = /^(.+)\/devices\/([^/]+)$/s.exec(path) ?? [];
  return [
    { name: path, part: "user" },
    ...(owner !== undefined ? [{ name: owner, part: part === "clients" ? part : "devices" } as const] : []),
    ...(deviceOwner !== undefined && deviceId !== undefined ? [{ name: deviceOwner, part: { deviceId } }] : []),
  ];
}

/**
 * Answers by the first of a path's meanings that has a user.
 * @throws ApiError `user_not_found` if there is none
 */
export async function readUser(
  call: AppCall<undefined>,
  reading: UserReading,
  meanings: readonly PathMeaning[],
): Promise<Answer> {
  const brandId = call.query.get("brandId") ?? undefined;
  for (const { name, part } of meanings) {
    const found = await reading.findUser(call.app, name, brandId);
    if (!found) continue;
    const { user } = found;
    if (part === "user") return { status: 200, body: { user: publicUser(user) } };
    if (part === "clients") return listClients(call, reading, user);
    if (part === "devices") return { status: 200, body: { devices: devicesBySeen(user.devices).map(publicDevice) } };
    const device = user.devices.find((one) => one.id === part.deviceId);
    if (!device) throw apiError.deviceNotFound();
    return { status: 200, body: { device: publicDevice(device) } };
  }
  throw apiError.userNotFound();
}

async function listClients(call: AppCall<undefined>, { findConversations }: UserReading, user: User): Promise<Answer> {
  const { app, page, listed } = call;
  const records = pageOf(user.clients, (client) => client.id, page());
  if (!records) throw apiError.badRequest("Invalid page query parameters");
  // A message records its client in its conversation, which costs no write of the user.
  const conversationIds = new Set(records.records.flatMap((client) => client.conversationId ?? []));
  const conversations = await findConversations(app.id, [...conversationIds]);
  return listed("clients", records, (client) => publicClient(withLastSeen(client, conversations)));
}
