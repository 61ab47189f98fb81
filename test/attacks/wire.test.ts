import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();

/** Sends bytes as they are and answers what comes back until the connection ends. */
function exchange(bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => socket.end(bytes));
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
  });
}

const request = (line: string, headers = "", body = "") =>
  `${line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${headers}\r\n${body}`;

/** What no HTTP client would send. */
const requests: Readonly<Record<string, string | Buffer>> = {
  "no HTTP at all": "hello\r\n\r\n",
  "a line that never ends": "GET /".padEnd(20_000, "x"),
  "an old version": "GET /v2/apps HTTP/1.0\r\n\r\n",
  "no host": "GET /v2/apps HTTP/1.1\r\nconnection: close\r\n\r\n",
  "an absolute target": request("GET http://elsewhere.example/v2/apps"),
  "a target of a proxy": request("CONNECT example.com:443"),
  "an asterisk": request("OPTIONS *"),
  "raw bytes in the path": Buffer.from(request("GET /v2/apps/\xff\xfe/users/\xe9"), "latin1"),
  "a path that climbs": request("GET /v2/../../../../etc/passwd"),
  "a path of slashes": request("GET //v2//apps"),
  "a NUL in the path": request("GET /v2/apps/%00"),
  "overlong UTF-8": request("GET /v2/apps/%c0%ae%c0%ae/%e0%80%af"),
  "broken escapes": request("GET /v2/apps/%/%2/%zz"),
  "a fragment": request("GET /v2/apps#x"),
  "many headers": request("GET /v2/apps", "a: b\r\n".repeat(500)),
  "a header twice": request("GET /v2/apps", "authorization: Basic a\r\nauthorization: Basic b\r\n"),
  "a header without a name": request("GET /v2/apps", ": x\r\n"),
  "a folded header": request("GET /v2/apps", "a: b\r\n c\r\n"),
  "two lengths": request("POST /v2/apps", "content-length: 2\r\ncontent-length: 3\r\n", "{}"),
  "a length and chunks": request(
    "POST /v2/apps",
    "content-length: 2\r\ntransfer-encoding: chunked\r\n",
    "2\r\n{}\r\n0\r\n\r\n",
  ),
  "a length that lies": request("POST /v2/apps", "content-length: 100\r\n", "{}"),
  "a length beyond everything": request("POST /v2/apps", "content-length: 99999999999999999999\r\n", "{}"),
  "a body beyond the gateway's limit": request("POST /v2/apps", "content-length: 20000000\r\n", "{}"),
  "chunks that lie": request("POST /v2/apps", "transfer-encoding: chunked\r\n", "zz\r\n{}\r\n"),
  "an expectation nobody meets": request("POST /v2/apps", "expect: something\r\ncontent-length: 2\r\n", "{}"),
  "an upgrade": request("GET /v2/apps", "connection: upgrade\r\nupgrade: h2c\r\n"),
  "another request in the body": request("POST /v2/apps", "content-length: 0\r\n", request("DELETE /v2/apps/x")),
  "a preflight": request("OPTIONS /v2/apps", "origin: null\r\naccess-control-request-method: PUT\r\n"),
};

describe("what no client would send", () => {
  test.each(Object.keys(requests))("is refused or cut off, and the server goes on: %s", async (name) => {
    const answer = await exchange(requests[name] ?? "").catch(() => "");
    expect(answer).not.toMatch(/^HTTP\/1\.1 5/);
    expect(answer).not.toMatch(/root:|node:internal|\.ts:/);
    expect((await server.account.get("/v2/apps")).status).toBe(200);
  });
});
