import { beforeEach, describe, expect, test } from "vitest";
import { connect, deliver, onlyPerson, textsOf, write } from "../support/channelPeople.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import type { FaultKind } from "../support/startProxy.ts";
import { writtenLog } from "../support/watchLog.ts";
import { whatsappPayload } from "../support/whatsappPayload.ts";

const { proxy, server } = await startProxiedServer();
beforeEach(() => proxy.reset());

/** As often as the SDK tries a call, so that it gives up. */
const attempts = 4;
const kinds: readonly FaultKind[] = ["refuse", "reset after", "fail"];

describe("a store that fails", () => {
  /**
   * Lets one call of a delivery fail, then delivers again if it was not acknowledged, as the provider does.
   *
   * @returns whether there was a call to fail
   */
  async function failAt(kind: FaultKind, after: number, send: () => Promise<{ readonly status: number }>) {
    proxy.reset();
    proxy.fault({ kind, after, times: attempts });
    const { status } = await send();
    const failed = proxy.calls.length > after;
    proxy.reset();
    expect([200, 500]).toContain(status);
    if (status === 500) expect((await send()).status).toBe(200);
    return failed;
  }

  test.each(kinds)(
    "(%s) at each call of a first contact leaves one user and the message once it was acknowledged",
    async (kind) => {
      for (let after = 0, failed = true; failed; after++) {
        const app = await server.newApp();
        const integration = await connect(app, "telegram");
        failed = await failAt(kind, after, () => write(server, integration, { id: "15145550123", messageId: "1" }));
        expect(textsOf(await onlyPerson(server, app))).toEqual(["Hi 🦊"]);
        if (!failed) expect(after).toBeGreaterThan(2);
      }
    },
  );

  test.each(kinds)(
    "(%s) at each call of a next message loses none that was acknowledged and repeats none",
    async (kind) => {
      const app = await server.newApp();
      const integration = await connect(app, "telegram");
      const said: string[] = [];
      for (let after = 0, failed = true; failed; after++) {
        const text = `text ${after}`;
        said.push(text);
        const person = { id: "15145550123", messageId: `10${after}`, text };
        failed = await failAt(kind, after, () => write(server, integration, person));
      }
      expect(said.length).toBeGreaterThan(3);
      expect(textsOf(await onlyPerson(server, app))).toEqual(said);
    },
  );

  test.each(["refuse", "reset after"] as const)(
    "(%s) at each call by which two users become one leaves one, with everything both said",
    async (kind) => {
      for (let after = 0, failed = true; failed; after++) {
        const app = await server.newApp();
        const integration = await connect(app, "whatsapp");
        await deliver(server, integration, whatsappPayload({ from: "16505551234", id: "1" }));
        await deliver(server, integration, whatsappPayload({ userId: "US.1", id: "2" }));
        failed = await failAt(kind, after, () =>
          deliver(server, integration, whatsappPayload({ from: "16505551234", userId: "US.1", id: "3" })),
        );
        expect([...textsOf(await onlyPerson(server, app))].sort()).toEqual(["says 1", "says 2", "says 3"]);
        if (!failed) expect(after).toBeGreaterThan(5);
      }
    },
  );

  test("throttled for a moment is not noticed by the provider", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "telegram");
    for (let after = 0; after < 3; after++) {
      proxy.reset();
      proxy.fault({ kind: "throttle", after, times: 1 });
      expect(
        (await write(server, integration, { id: "1", messageId: String(after), text: String(after) })).status,
      ).toBe(200);
    }
    proxy.reset();
    expect(textsOf(await onlyPerson(server, app))).toEqual(["0", "1", "2"]);
  });

  test("is logged with the class of the error and where it was thrown, and nothing of who said what", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "telegram");
    const before = writtenLog().length;
    proxy.fault({ kind: "refuse" });
    const person = { id: "987654321012", name: "Zoë Müller", text: "my secret", messageId: "123456789" };
    expect((await write(server, integration, person)).status).toBe(500);
    proxy.reset();
    const logged = writtenLog().slice(before);
    expect(logged).toMatch(/"operation":"channelWebhook".*"fault":\{"name":/);
    const { secretToken, token } = integration.credentials;
    for (const secret of ["987654321012", "Zoë", "Müller", "my secret", String(secretToken), String(token)])
      expect(logged).not.toContain(secret);
  });

  test("for one person of a batch is answered 500, and the other is stored meanwhile", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "whatsapp");
    await deliver(server, integration, whatsappPayload({ from: "16505550000", id: "0" }));
    const batch = whatsappPayload({ from: "16505550001", id: "1" }, { from: "16505550000", id: "2" });
    proxy.reset();
    proxy.fault({ kind: "refuse", action: "TransactWriteItems" });
    expect(await deliver(server, integration, batch)).toMatchObject({ status: 500 });
    proxy.reset();
    expect(textsOf(await onlyPerson(server, app))).toEqual(["says 0", "says 2"]);
    expect((await deliver(server, integration, batch)).status).toBe(200);
  });
});
