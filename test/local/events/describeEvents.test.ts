import { expect, test } from "vitest";
import { describeEvents } from "../../../lib/local/events/describeEvents.ts";
import type { AppEvent } from "../../../lib/model/events/event.ts";

test("events are described by types and ids, and a great number of them only by how many there are", () => {
  // Its detail is read for its type alone.
  const event = (id: string) =>
    ({ id, appId: "a", conversationId: "c", userId: "u", detail: { type: "conversation:remove" } }) as AppEvent;
  expect(describeEvents([event("1")])).toEqual(["event conversation:remove 1 of user u, conversation c, app a"]);
  const { conversationId: _, ...ofUser } = event("1");
  expect(describeEvents([ofUser])).toEqual(["event conversation:remove 1 of user u, app a"]);
  const lines = describeEvents(Array.from({ length: 100 }, (_, index) => event(String(index))));
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toBe("event … and 80 more");
});
