import { request } from "node:http";
import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import type { WireRequest } from "../../../lib/local/gateway.ts";
import { startServer } from "../../../lib/local/server.ts";
import { hostRefusal, readAllowedHosts } from "../../../lib/local/start/hostRules.ts";

const requestTo = (...hosts: readonly string[]): WireRequest => ({
  method: "GET",
  target: "/v2/apps",
  httpVersion: "1.1",
  rawHeaders: ["Accept", "host", ...hosts.flatMap((host) => ["Host", host])],
  body: Buffer.alloc(0),
  sourceIp: "172.17.0.1",
  port: 3000,
});
const refuse = hostRefusal(["sunroom", ".example.org"], "https://tunnel.example/base");

describe("a server that others reach", () => {
  test.each([
    ...["localhost", "localhost:3000", "LOCALHOST:3000", "localhost.", "api.localhost:3000"],
    ...["127.0.0.1:3000", "192.168.1.5", "[::1]:3000", "[fd00::5]"],
    ...[hostname(), "host.docker.internal:3000", "host.containers.internal"],
    ...["sunroom:3000", "Sunroom", "a.example.org", "tunnel.example"],
  ])("answers to the host %s", (host) => {
    expect(refuse(requestTo(host))).toBeUndefined();
  });

  test.each([
    ...["evil.example", "example.org", "sunroom.evil.example", "localhost.evil.example", "127.0.0.1.evil.example"],
    ...["evil.example:3000", "[sunroom]", "1.2.3", "a b", "user@localhost", "localhost:x", ""],
  ])("refuses the host %j", (host) => {
    expect(refuse(requestTo(host))?.status).toBe(403);
  });

  test("refuses a request that names no host, or two", () => {
    expect([refuse(requestTo())?.status, refuse(requestTo("localhost", "localhost"))?.status]).toEqual([403, 403]);
  });

  test("says how to allow a host", () => {
    expect(String(refuse(requestTo("stand-in:3000"))?.body)).toMatch(
      /The host \\"stand-in\\" is not allowed here: .*--allow-host stand-in.* or SUNROOM_ALLOWED_HOSTS=stand-in allows it/,
    );
  });
});

describe("the allowed hosts", () => {
  test("are those of the option and of the variable", () => {
    expect(readAllowedHosts(["One"], "two, .three.example,")).toEqual(["one", "two", ".three.example"]);
  });

  test.each(["http://sunroom", "sunroom:3000", "*", "*.example.org", "a..b", "."])("are not %s", (name) => {
    expect(() => readAllowedHosts([name])).toThrow(`--allow-host is "${name}", which is no host name like`);
    expect(() => readAllowedHosts([], name)).toThrow(`SUNROOM_ALLOWED_HOSTS is "${name}"`);
  });
});

/** Asks a server at an address for a host, and answers the status; `undefined` if nothing listens there. */
const statusAt = (address: string, port: number, host: string) =>
  new Promise<number | undefined>((resolve) => {
    const asked = request({ host: address, port, headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.once("error", () => resolve(undefined));
    asked.end();
  });

describe("the address of a server", () => {
  const settings = {
    port: 0,
    routes: { all: { routeKeys: ["$default"] } },
    loadFunction: async () => async () => ({}),
    refuse: hostRefusal([]),
  };
  const other = "127.0.0.9";

  // All of 127.0.0.0/8 is this machine's on Linux alone.
  test.runIf(process.platform === "linux").each([
    ["localhost alone without one", undefined, [200, undefined]],
    ["all of the machine's with 0.0.0.0", "0.0.0.0", [200, 200]],
    ["all of the machine's with ::", "::", [200, 200]],
    ["localhost and the one that is given", other, [200, 200]],
  ])("is %s", async (_, host, statuses) => {
    const server = await startServer({ ...settings, host });
    const port = Number(new URL(server.url).port);
    const found = [await statusAt("127.0.0.1", port, "localhost"), await statusAt(other, port, other)];
    expect(found).toEqual(statuses);
    expect(await statusAt("127.0.0.1", port, "evil.example")).toBe(403);
    await server.close();
  });

  test("is refused with a sentence if the machine does not have it", async () => {
    await expect(startServer({ ...settings, host: "192.0.2.1" })).rejects.toThrow(
      "--host is 192.0.2.1, which is no address of this machine.",
    );
  });
});
