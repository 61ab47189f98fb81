import { type AddressInfo, connect } from "node:net";
import { createServer } from "node:tls";
import { certificate, tlsIdentity } from "../test/support/dynamodbServer.ts";

/**
 * Puts TLS in front of an engine, as DynamoDB has it; clients must trust `certificate`. Without delays: the first answer
 * on a connection would wait 40 ms until the client acknowledges the session tickets, which no figure is about.
 */
export async function secureFront(endpoint: string) {
  const { hostname, port } = new URL(endpoint);
  const server = createServer({ ...tlsIdentity(), noDelay: true }, (outside) => {
    const inside = connect({ port: Number(port), host: hostname, noDelay: true });
    outside.pipe(inside).pipe(outside);
    outside.on("error", () => inside.destroy());
    inside.on("error", () => outside.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `https://localhost:${(server.address() as AddressInfo).port}`,
    certificate,
    close: () => void server.close(),
  };
}
