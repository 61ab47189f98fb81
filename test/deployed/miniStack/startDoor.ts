import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Leads an address of this machine to an API of MiniStack, which finds the API by the host's name: names below
 * `localhost` are not resolved on every system. Everything else passes as it is.
 */
export async function startDoor(apiUrl: string): Promise<Disposable & { readonly url: string }> {
  const { host, port } = new URL(apiUrl);
  const server = createServer((incoming, response) => {
    const rawHeaders = incoming.rawHeaders.map((value, index) =>
      index % 2 === 1 && /^host$/i.test(incoming.rawHeaders[index - 1] ?? "") ? host : value,
    );
    const outgoing = request(
      { host: "127.0.0.1", port, method: incoming.method, path: incoming.url, headers: rawHeaders, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(response);
      },
    );
    outgoing.on("error", () => response.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
