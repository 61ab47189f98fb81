import { describe, expect, test } from "vitest";
import type { Item } from "../../lib/db/db.ts";
import { deletedUserItem, mergedUserItem, redirectItem, userItem, vacancyItem } from "../../lib/db/items/userItem.ts";
import { eventsOf } from "../../lib/events/eventsOf.ts";
import type { Client } from "../../lib/model/client.ts";
import type { MergeRecord } from "../../lib/model/events/event.ts";
import { newUser, type User } from "../../lib/model/user.ts";
import { device, client as lineClient, now } from "../support/ada.ts";
import { changedAt, changeRecord } from "../support/changeRecord.ts";
import { labelOf } from "../support/readStream.ts";

const ada = newUser("app", "ada", now);
const sdk: Client = { id: "sdk", type: "sdk", status: "active", linkedAt: now.toISOString() };
const withClients = (...clients: readonly Client[]): User => ({ ...ada, clients });
const told = (before: Item | undefined, after: Item | undefined) => eventsOf(changeRecord(before, after));
const labels = (before: Item | undefined, after: Item | undefined) => told(before, after).map(labelOf);
const merge: MergeRecord = { reason: "sdkLogin", survivorId: "bea", clients: { surviving: "a", discarded: "b" } };

describe("a user", () => {
  test("tells nothing of its birth, also at an address that another had", () => {
    const born = userItem({ ...withClients(lineClient, sdk), authenticated: true });
    expect(labels(undefined, born)).toEqual([]);
    expect(labels(vacancyItem("app", "ada", "ada"), born)).toEqual([]);
    expect(labels(redirectItem("app", "ada", { userId: "bea" }), born)).toEqual([]);
  });

  test("tells that it became authenticated", () => {
    expect(told(userItem(ada), userItem({ ...ada, authenticated: true }))).toMatchObject([
      { appId: "app", userId: "ada", createdAt: changedAt, detail: { type: "user:update", reason: "authentication" } },
    ]);
  });

  test("tells nothing of its profile, its devices or its conversations", () => {
    const after: User = { ...ada, profile: { givenName: "Ada" }, devices: [device], defaultConversationId: "first" };
    expect(labels(userItem(ada), userItem(after))).toEqual([]);
  });

  test("tells its deletion, whether it leaves a vacancy or another user's identity", () => {
    const owner = { userId: "bea", clientId: "line", conversationId: undefined };
    for (const left of [deletedUserItem(ada, undefined), deletedUserItem(ada, owner)]) {
      const events = told(userItem(withClients(lineClient)), left);
      expect(events.map(labelOf)).toEqual(["user:remove"]);
      expect(events[0]).toMatchObject({ userId: "ada", detail: { user: { clients: [{ id: lineClient.id }] } } });
    }
  });

  test("tells nothing when its item is swept away after its app", () => {
    expect(labels(userItem(ada), undefined)).toEqual([]);
  });

  test("tells its merge, with the survivor as the event's user", () => {
    expect(told(userItem(ada), mergedUserItem(ada, { userId: "another" }, merge))).toMatchObject([
      { userId: "bea", createdAt: changedAt, detail: { type: "user:merge", discarded: { id: "ada" }, merge } },
    ]);
  });

  test("tells nothing as a redirect or a vacancy", () => {
    const redirect = mergedUserItem(ada, { userId: "bea" }, merge);
    expect(labels(redirect, redirectItem("app", "ada", { userId: "zoe" }))).toEqual([]);
    expect(labels(redirect, vacancyItem("app", "ada", "bea"))).toEqual([]);
  });
});

describe("a client", () => {
  test.each([
    ["comes with a login", [], [sdk], ["client:add sdkLogin"]],
    ["comes with a link", [], [lineClient], ["client:add channelLinking"]],
    ["goes", [lineClient], [], ["client:remove api"]],
    ["is confirmed", [{ ...lineClient, status: "pending" as const }], [lineClient], ["client:update confirmed"]],
    ["is blocked", [lineClient], [{ ...lineClient, status: "blocked" as const }], ["client:update blocked"]],
    ["is unblocked", [{ ...lineClient, status: "blocked" as const }], [lineClient], ["client:update unblocked"]],
    ["is described anew", [lineClient], [{ ...lineClient, displayName: "Countess" }], []],
  ])("that %s tells so", (_, before, after, expected) => {
    expect(labels(userItem(withClients(...before)), userItem(withClients(...after)))).toEqual(expected);
  });

  test("that goes because its link failed tells the reason", () => {
    const after = userItem(ada, undefined, "linkFailed");
    expect(labels(userItem(withClients(lineClient)), after)).toEqual(["client:remove linkFailed"]);
  });

  test("neither comes nor goes in a merge, but may be confirmed in one", () => {
    const before = userItem(withClients({ ...lineClient, status: "pending" }, { ...sdk, id: "waiting" }));
    expect(labels(before, userItem(withClients(lineClient, sdk), undefined, "merge"))).toEqual([
      "client:update confirmed",
    ]);
  });

  test("tells nothing of a merge's write again when another attribute of the user changes", () => {
    const merged = userItem(withClients(lineClient), undefined, "merge");
    expect(labels(merged, { ...merged, hasMoreConversations: true })).toEqual([]);
  });

  test("that is blocked twice tells two events, and one however often its record is read", () => {
    const active = userItem(withClients(lineClient));
    const blocked = () => userItem(withClients({ ...lineClient, status: "blocked" }));
    const first = blocked();
    const idOf = (after: Item) => told(active, after)[0]?.id;
    expect(idOf(first)).toBe(idOf(first));
    expect(idOf(first)).not.toBe(idOf(blocked()));
  });
});

test("items that are no user, conversation or message tell nothing", () => {
  for (const key of [
    { pk: "user#app#ada", sk: "deletion" },
    { pk: "user#app#ada", sk: "conversation#1" },
    { pk: "app#app", sk: "integration#1" },
    { pk: "link#app#1", sk: "link" },
  ])
    expect(labels(undefined, key)).toEqual([]);
});
