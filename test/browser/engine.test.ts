import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { openDb } from "../../lib/db/db.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import { createTable } from "../../lib/local/createTable.ts";
import { canRun, type EngineName, startEngine } from "../../lib/local/engine.ts";
import { servePage, startBrowser } from "../support/startBrowser.ts";

/** A page of somebody else's, on this machine, where browsers stop fewer requests than from the web. */
const elsewhere = await servePage(() => "Elsewhere");
const newContext = await startBrowser("--host-resolver-rules=MAP rebound.example 127.0.0.1");

const accessKey = "a".repeat(64);
const tableName = "page-test";
const key = { pk: "a", sk: "b" };
const item = { ...key, secret: "canary" };

/** An engine as `npm start` starts it, with something in it. */
async function start(only: EngineName) {
  const engine = await startEngine({ only, accessKey });
  afterAll(engine.stop);
  await createTable(engine.endpoint, tableName);
  const db = openDb(tableName, engine.endpoint);
  await putItem(db, item);
  const { hostname, port } = new URL(engine.endpoint);
  return { db, hostname, port };
}

/**
 * What a page gets to see of the databases at these origins, and what comes of trying to write to them: by calls as SDKs
 * make them, which a browser asks about before, and as forms, about which it does not ask.
 */
async function attack(origins: readonly string[]): Promise<string> {
  const context = await newContext();
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${elsewhere}/`);
  return page.evaluate(
    async ({ origins, tableName }) => {
      const put = { TableName: tableName, Item: { pk: { S: "a" }, sk: { S: "b" }, secret: { S: "overwritten" } } };
      const call = async (origin: string, action: string, body: object): Promise<string> => {
        const answer = await fetch(origin, {
          method: "POST",
          headers: {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": `DynamoDB_20120810.${action}`,
            authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=, Signature=`,
            "x-amz-date": "20260101T000000Z",
          },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(3_000),
        });
        return answer.text();
      };
      const form = async (origin: string): Promise<string> => {
        const query = "?x-amz-target=DynamoDB_20120810.PutItem&Action=PutItem";
        const body = JSON.stringify(put);
        const signal = AbortSignal.timeout(3_000);
        return (await fetch(`${origin}/${query}`, { method: "POST", mode: "no-cors", body, signal })).text();
      };
      const attempts = origins.flatMap((origin) => [
        () => call(origin, "ListTables", {}),
        () => call(origin, "Scan", { TableName: tableName }),
        () => form(origin),
        () => call(origin, "PutItem", put),
      ]);
      const seen: string[] = [];
      for (const attempt of attempts) seen.push(await attempt().catch((error: Error) => error.name));
      return seen.join("\n");
    },
    { origins, tableName },
  );
}

/** Every port that something on this machine listens at, as Linux lists them: what a page would find by trying all. */
function openPorts(): readonly number[] {
  const lists = ["/proc/net/tcp", "/proc/net/tcp6"].filter((path) => existsSync(path));
  const listening = lists.flatMap((path) =>
    [...readFileSync(path, "utf8").matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:0000 0A /gm)].map(
      ([, port = ""]) => Number.parseInt(port, 16),
    ),
  );
  return [...new Set(listening)].filter((port) => port !== elsewhere);
}

describe.runIf(canRun("embedded") && process.platform === "linux")("a page, and the embedded engine", () => {
  test("which it does not find at any port under the names that it has for this machine", async () => {
    const { db, hostname, port } = await start("embedded");
    expect(hostname).toMatch(/^127\.\d+\.\d+\.\d+$/);
    expect(hostname).not.toBe("127.0.0.1");
    const names = ["127.0.0.1", "localhost", "[::1]", "rebound.example"];
    const seen = await attack([
      ...names.map((name) => `http://${name}:${port}`),
      ...openPorts().map((open) => `http://127.0.0.1:${open}`),
    ]);
    expect(seen).not.toContain(tableName);
    expect(seen).not.toContain("canary");
    expect(await getItem(db, key)).toEqual(item);
  });

  test("which it would read if it knew the address: so that is what is kept from it", async () => {
    const { db, hostname, port } = await start("embedded");
    expect(await attack([`http://${hostname}:${port}`])).toContain("canary");
    expect(await getItem(db, key)).toMatchObject({ secret: "overwritten" });
  });
});

describe.runIf(canRun("dynamodbLocal"))("a page, and DynamoDB Local", () => {
  test("which it neither reads nor writes, though it knows the address", async () => {
    const { db, port } = await start("dynamodbLocal");
    const seen = await attack(["127.0.0.1", "localhost", "rebound.example"].map((name) => `http://${name}:${port}`));
    expect(seen).not.toContain(tableName);
    expect(seen).not.toContain("canary");
    expect(await getItem(db, key)).toEqual(item);
  });

  test("whose data is not there for who calls without its access key, from wherever", async () => {
    const { hostname, port, db } = await start("dynamodbLocal");
    for (const other of ["local", "b".repeat(64)]) {
      const stranger = openDb(tableName, `http://${other}@${hostname}:${port}`);
      await expect(getItem(stranger, key)).rejects.toThrow("non-existent table");
      await expect(putItem(stranger, { ...item, secret: "overwritten" })).rejects.toThrow("non-existent table");
    }
    expect(await getItem(db, key)).toEqual(item);
  });
});
