import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventLimit, payloadLimit } from "../../lib/local/gateway.ts";
import { type LocalServer, startServer } from "../../lib/local/server.ts";
import { caller } from "../support/caller.ts";

let server: LocalServer;
const routes = {
  echo: { routeKeys: ["POST /echo"] },
  slow: { routeKeys: ["GET /slow"] },
  other: { routeKeys: ["$default"] },
};

beforeAll(async () => {
  server = await startServer({
    port: 0,
    routes,
    pages: { "/": () => ({ status: 200, headers: [["content-type", "text/html"]], body: Buffer.from("<h1>Hello") }) },
    loadFunction: async (operation) => async (event) => ({ operation, event }),
  });
});
afterAll(() => server.close());

/** Sends bytes and reads until the server ends the connection. */
function sendRaw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => socket.write(text));
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(received));
  });
}

describe("the local server", () => {
  test("hands a request to its function and answers what that answers", async () => {
    const { status, body } = await caller(server.url).post<{ operation: string; event: { body: string } }>("/echo", {
      a: 1,
    });
    expect([status, body.operation, body.event.body]).toEqual([200, "echo", '{"a":1}']);
  });

  test("answers on both loopback addresses that localhost may mean", async () => {
    const { port } = new URL(server.url);
    expect((await caller(`http://127.0.0.1:${port}`).get("/x")).status).toBe(200);
  });

  // An HTTP API takes 10 MB, and a Lambda an event of 6 MB, in which a body stands as JSON text or in base64.
  test.each([
    ["text", "text/plain", Buffer.alloc(eventLimit - 4_096, "x"), Buffer.alloc(eventLimit, "x")],
    [
      "text that JSON escapes",
      "text/plain",
      Buffer.alloc(eventLimit / 2 - 4_096, '"'),
      Buffer.alloc(eventLimit / 2, '"'),
    ],
    ["bytes", "multipart/form-data", Buffer.alloc((eventLimit / 4) * 3 - 4_096, 1), Buffer.alloc((eventLimit / 4) * 3)],
    ["more than the gateway takes", "text/plain", Buffer.alloc(0), Buffer.alloc(payloadLimit + 1, "x")],
  ])(
    "takes as much %s as the deployed gateway and Lambda do, and refuses more with 413",
    async (_, type, most, more) => {
      const headers = { "content-type": type, origin: "https://shop.example" };
      expect((await caller(server.url).post("/echo", most, headers)).status).toBe(200);
      const tooLarge = await caller(server.url).post("/echo", more, headers);
      expect([tooLarge.status, tooLarge.text]).toEqual([413, '{"message":"Request Entity Too Large"}']);
      expect(tooLarge.headers["access-control-allow-origin"]).toBe("*");
    },
  );

  test("refuses a body of unknown length once it is too large", async () => {
    const chunk = `${(1024 * 1024).toString(16)}\r\n${"x".repeat(1024 * 1024)}\r\n`;
    const answer = await sendRaw(
      `POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(11)}0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("answers HEAD without a body", async () => {
    const { status, text } = await caller(server.url).send("HEAD", "/echo");
    expect([status, text]).toEqual([200, ""]);
  });

  test("takes the absolute form of a target", async () => {
    const answer = await sendRaw("GET http://elsewhere/a?b=c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(answer).toContain('"rawPath":"/a"');
  });

  test("lives on after bytes that are no HTTP and after clients that go away", async () => {
    expect(await sendRaw("nonsense\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => {
        socket.write("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
        socket.destroy();
        resolve();
      });
    });
    expect((await caller(server.url).get("/x")).status).toBe(200);
  });

  test("shows a page to GET at its exact path and leaves the rest to the routes", async () => {
    expect((await caller(server.url).get("/?a=b")).text).toBe("<h1>Hello");
    expect((await caller(server.url).post<{ operation: string }>("/")).body.operation).toBe("other");
  });

  test("ends requests that are still open when it closes", async () => {
    const another = await startServer({ port: 0, routes, loadFunction: async () => () => new Promise(() => {}) });
    const open = caller(another.url).get("/x");
    open.catch(() => {});
    await caller(server.url).get("/x");
    await another.close();
    await expect(open).rejects.toThrow(/hang up|reset|refused/i);
  });

  test("names a port that is in use", async () => {
    const port = Number(new URL(server.url).port);
    await expect(startServer({ port })).rejects.toThrow(`Port ${port} is in use`);
  });

  test("names a route without a function", async () => {
    await expect(startServer({ port: 0, routes: { fly: { routeKeys: ["POST /fly"] } } })).rejects.toThrow(
      "functions/fly.ts",
    );
  });
});
