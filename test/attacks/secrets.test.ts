import { describe, expect, test } from "vitest";
import { type OperationName, routes } from "../../lib/api/routes.ts";
import { basic } from "../support/caller.ts";
import { confidencesIn } from "../support/confidences.ts";
import { sessionHeader } from "../support/newDevice.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import { writtenLog } from "../support/watchLog.ts";
import { newWorld } from "../support/world.ts";

/** That no test file's log holds what its tests used is checked after each of them; here, that the check can be relied on. */

const { proxy, server } = await startProxiedServer();
const world = await newWorld(server);

interface Line {
  readonly operation: OperationName;
  readonly status: number;
  readonly fault?: { readonly name: string };
}
const lines = (): readonly Line[] =>
  writtenLog()
    .split("\n")
    .filter((line) => line.startsWith('{"level":'))
    .map((line) => JSON.parse(line));

async function ask(operation: string, routeKey: string, client: object): Promise<void> {
  const { method, path } = world.requestTo(operation, routeKey);
  const authorization = operation.startsWith("sdk") ? sessionHeader(world.guest) : basic(server.accountKey);
  const body = { displayName: "Somebody's name", client };
  await world.anybody.send(method, path, {
    ...(method === "GET" ? {} : { body }),
    headers: { authorization, "x-smooch-clientid": world.guest.clientId },
  });
}

describe("the log of a test file", () => {
  test("tells of every operation, done, refused and failed", async () => {
    for (const operation of Object.keys(routes).filter((name) => !name.startsWith("delete"))) {
      for (const routeKey of routes[operation as OperationName].routeKeys) {
        const { client } = await world.device({ clientId: "a device" });
        await ask(operation, routeKey, client);
        proxy.fault({ kind: "fail" });
        await ask(operation, routeKey, client);
        proxy.fault(undefined);
      }
      const told = lines().filter((line) => line.operation === operation);
      expect(told.length, operation).toBeGreaterThan(0);
    }
    expect(lines().filter((line) => line.fault).length).toBeGreaterThan(10);
    expect(lines().some((line) => line.status === 201)).toBe(true);
    expect(lines().some((line) => line.status === 400)).toBe(true);
  });

  test("is seen to hold a secret, a token, a message, a name or custom data, if it does", () => {
    for (const secret of [...world.secrets, server.accountKey.secret, "Somebody's name", sessionHeader(world.guest)])
      expect(confidencesIn(`${writtenLog()}{"level":"INFO","oops":"${secret}"}`), secret).toContain(secret);
  });

  test("holds none", () => {
    expect(confidencesIn(writtenLog())).toEqual([]);
  });
});
