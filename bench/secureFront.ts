import { readFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { createServer } from "node:tls";
import { fileURLToPath } from "node:url";

const pem = (name: string) => fileURLToPath(new URL(`../test/support/tls/${name}`, import.meta.url));

/** Puts TLS in front of an engine, as DynamoDB has it; what connects must trust `certificate`. */
export async function secureFront(endpoint: string) {
  const { port } = new URL(endpoint);
  const server = createServer(
    { key: readFileSync(pem("localhost.key")), cert: readFileSync(pem("localhost.crt")) },
    (outside) => {
      const inside = connect(Number(port), "127.0.0.1");
      outside.pipe(inside).pipe(outside);
      outside.on("error", () => inside.destroy());
      inside.on("error", () => outside.destroy());
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `https://localhost:${(server.address() as AddressInfo).port}`,
    certificate: pem("localhost.crt"),
    close: () => void server.close(),
  };
}
