import type { Client, ClientStatus } from "../model/client.ts";
import type { AppEvent, EventDetail, MergeRecord } from "../model/events/event.ts";
import type { User } from "../model/user.ts";
import type { ChangedAddress, UserChange } from "./change.ts";
import { eventId } from "./eventId.ts";

/**
 * Makes the events of a change of a user: it was merged or deleted, or its clients or its authentication changed. Its
 * birth tells nothing, since no event of the vendor's does.
 */
export function userEvents({ appId, at, before, after }: UserChange): readonly AppEvent[] {
  // An item that is gone was swept away after its app.
  if (before?.kind !== "user" || after === undefined) return [];
  const { user } = before;
  if (after.kind === "user") return [...clientEvents(user, after, at), ...authenticationEvents(user, after.user, at)];
  if (after.notes.deletedUserId === user.id)
    return [{ id: eventId("user:remove", appId, user.id), ...named(user, at), detail: { type: "user:remove", user } }];
  return after.notes.merge === undefined ? [] : [userMerged(user, after.notes.merge, at)];
}

const named = ({ appId, id }: User, at: string) => ({ appId, userId: id, createdAt: at });

const userMerged = (discarded: User, merge: MergeRecord, at: string): AppEvent => ({
  id: eventId("user:merge", discarded.appId, discarded.id),
  appId: discarded.appId,
  userId: merge.survivorId,
  createdAt: at,
  detail: { type: "user:merge", discarded, merge },
});

const authenticationEvents = (before: User, user: User, at: string): readonly AppEvent[] =>
  user.authenticated && !before.authenticated
    ? [
        {
          id: eventId("user:update", user.appId, user.id, "authentication"),
          ...named(user, at),
          detail: { type: "user:update", user, reason: "authentication" },
        },
      ]
    : [];

type ClientDetail = Extract<EventDetail, { readonly client: Client }>;

/**
 * Makes the events of a user's clients. In a merge, of users or of two clients of one person, clients come and go
 * without one; `user:merge` tells of the former.
 */
function clientEvents(
  before: User,
  after: ChangedAddress & { readonly kind: "user" },
  at: string,
): readonly AppEvent[] {
  const { user, version } = after;
  const { cause, failure } = after.notes;
  const details = [
    ...user.clients.flatMap((client) => {
      const earlier = before.clients.find(({ id }) => id === client.id);
      if (earlier) {
        const matched = cause === undefined ? matchedDetails(user, earlier, client) : [];
        return [...matched, ...statusDetails(user, earlier, client)];
      }
      return cause === "merge" ? [] : [addedDetail(user, client)];
    }),
    ...(cause === "merge"
      ? []
      : before.clients
          .filter(({ id }) => !user.clients.some((one) => one.id === id))
          .map((client): ClientDetail => ({ type: "client:remove", user, client, reason: cause ?? "api", failure }))),
  ];
  return details.map((detail) => ({
    id: eventId(detail.type, user.appId, detail.client.id, detail.reason, version),
    ...named(user, at),
    detail,
  }));
}

const addedDetail = (user: User, client: Client): ClientDetail => ({
  type: "client:add",
  user,
  client,
  reason: client.type === "sdk" ? "sdkLogin" : "channelLinking",
});

/** The reasons of `client:update` by the status before and after. */
const statusReasons: Partial<
  Record<`${ClientStatus} ${ClientStatus}`, Extract<ClientDetail, { readonly type: "client:update" }>["reason"]>
> = {
  "active blocked": "blocked",
  "blocked active": "unblocked",
  "pending active": "confirmed",
};

/** Tells that a channel took what a client that waits had to say: it knows such a person. */
const matchedDetails = (user: User, before: Client, client: Client): readonly ClientDetail[] =>
  client.status === "pending" && before.confirmation !== undefined && client.confirmation === undefined
    ? [{ type: "client:update", user, client, reason: "matched" }]
    : [];

function statusDetails(user: User, before: Client, client: Client): readonly ClientDetail[] {
  const reason = statusReasons[`${before.status} ${client.status}`];
  return reason === undefined ? [] : [{ type: "client:update", user, client, reason }];
}
