import { describe, expect, test } from "vitest";
import { type Client, holdsIdentity, withLastSeen } from "../../lib/model/client.ts";
import { newConversation } from "../../lib/model/conversation.ts";

const client = (more: Partial<Client> = {}): Client => ({
  id: "client",
  type: "line",
  status: "active",
  integrationId: "line",
  externalId: "1",
  linkedAt: "2026-01-02T00:00:00.000Z",
  ...more,
});

describe("ids", () => {
  test("are held on their integration alone", () => {
    expect(holdsIdentity(client({ aliases: ["2"] }), "line", "2")).toBe(true);
    expect(holdsIdentity(client(), "other", "1")).toBe(false);
    expect(holdsIdentity(client(), "line", "2")).toBe(false);
  });
});

describe("a client", () => {
  const line: Client = { id: "a", type: "line", status: "active", linkedAt: "2026-01-01T00:00:00.000Z" };
  const kind = { type: "personal", isDefault: true } as const;
  const conversation = newConversation("app", "1", new Date(), { ...kind, participants: [] });
  const seenIn = (...times: readonly (string | undefined)[]) =>
    times.map((time) => ({
      ...conversation,
      clientsSeen: { other: "9999", ...(time === undefined ? {} : { a: time }) },
    }));

  test("was seen when it last was in any conversation", () => {
    expect(withLastSeen(line, seenIn("2026-01-02", "2026-01-03", undefined)).lastSeen).toBe("2026-01-03");
    expect(withLastSeen({ ...line, lastSeen: "2026-01-04" }, seenIn("2026-01-03")).lastSeen).toBe("2026-01-04");
    expect(withLastSeen({ ...line, lastSeen: "2026-01-02" }, seenIn("2026-01-03", "2026-01-01")).lastSeen).toBe(
      "2026-01-03",
    );
    expect(withLastSeen(line, seenIn(undefined)).lastSeen).toBeUndefined();
    expect(withLastSeen(line, []).lastSeen).toBeUndefined();
  });
});
