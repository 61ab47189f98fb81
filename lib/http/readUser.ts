import type { App } from "../domain/app.ts";
import { devicesBySeen, publicClient, publicDevice, withLastSeen } from "../domain/client.ts";
import type { Conversation } from "../domain/conversation.ts";
import { pageOf } from "../domain/page.ts";
import { refuse } from "../domain/refusal.ts";
import { publicUser, type User, type VersionedUser } from "../domain/user.ts";
import type { Answer } from "./pipeline.ts";
import type { AppCall } from "./rest.ts";

/** What reading a user needs of the service. */
export interface UserServices {
  readonly users: {
    readonly findByIdOrExternalId: (app: App, name: string, brandId?: string) => Promise<VersionedUser | undefined>;
  };
  readonly conversations: {
    readonly findAll: (appId: string, ids: readonly string[]) => Promise<readonly Conversation[]>;
  };
}

/** One meaning of a path: of whom it speaks, and what of the user. */
export interface Reading {
  readonly name: string;
  readonly part: "user" | "clients" | "devices" | { readonly deviceId: string };
}

/**
 * The meanings of a path below `/users/` that the gateway could not part: an externalId may have slashes, and may end as
 * the path of a user's clients or devices does.
 */
export function readingsOf(path: string): readonly Reading[] {
  const [, owner, part] = /^(.+)\/(clients|devices)$/s.exec(path) ?? [];
  const [, holder, deviceId] = /^(.+)\/devices\/([^/]+)$/s.exec(path) ?? [];
  return [
    { name: path, part: "user" },
    ...(owner !== undefined ? [{ name: owner, part: part === "clients" ? part : "devices" } as const] : []),
    ...(holder !== undefined && deviceId !== undefined ? [{ name: holder, part: { deviceId } }] : []),
  ];
}

/**
 * Answers by the first of a path's meanings that speaks of a user who is there.
 *
 * @throws Refusal `user_not_found` where none does
 */
export async function readUser(
  call: AppCall<undefined>,
  services: UserServices,
  readings: readonly Reading[],
): Promise<Answer> {
  const brandId = call.query.get("brandId") ?? undefined;
  for (const { name, part } of readings) {
    const found = await services.users.findByIdOrExternalId(call.app, name, brandId);
    if (!found) continue;
    const { user } = found;
    if (part === "user") return { status: 200, body: { user: publicUser(user) } };
    if (part === "clients") return listClients(call, services, user);
    if (part === "devices") return { status: 200, body: { devices: devicesBySeen(user.devices).map(publicDevice) } };
    const device = user.devices.find((one) => one.id === part.deviceId);
    if (!device) throw refuse.deviceNotFound();
    return { status: 200, body: { device: publicDevice(device) } };
  }
  throw refuse.userNotFound();
}

async function listClients(call: AppCall<undefined>, { conversations }: UserServices, user: User): Promise<Answer> {
  const { app, page, listed } = call;
  const records = pageOf(user.clients, (client) => client.id, page());
  if (!records) throw refuse.badRequest("Invalid page query parameters");
  // A message notes in its conversation which client it came from, which costs no write of the user.
  const written = new Set(records.records.flatMap((client) => client.conversationId ?? []));
  const seen = await conversations.findAll(app.id, [...written]);
  return listed(
    "clients",
    records,
    (client) => client.id,
    (client) => publicClient(withLastSeen(client, seen)),
  );
}
