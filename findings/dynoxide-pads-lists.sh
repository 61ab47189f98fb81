#!/usr/bin/env bash
# dynoxide 1.2.1, asked by @aws-sdk/client-dynamodb 3.1164.0 (Node.js 20 or later): SET l[9] in a list of three puts the
# value at index 9 and fills the gap with NULL. DynamoDB documents that a value set beyond the end of a list is added at its
# end, and DynamoDB Local of the same date does so. Guessed: the emulator follows, since list_append and REMOVE do. So code
# that appends by an index it only knows to be large enough keeps seven values more here than on AWS, all of them NULL.
#
# Output seen, 2026-11-29:
#   ["a","b","c"], then SET l[9] = "z": a b c NULL NULL NULL NULL NULL NULL z
#
# Exits with an error when that changes. For Linux on x64, for which the engine is pinned here.
set -euo pipefail
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @dynoxide/linux-x64@1.2.1 @aws-sdk/client-dynamodb@3.1164.0

cat > look.mjs <<'SCRIPT'
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";

const port = await new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
const engine = spawn("node_modules/@dynoxide/linux-x64/dynoxide", ["serve", "--host", "127.0.0.1", "--port", port]);
process.on("exit", () => engine.kill());
const settings = {
  endpoint: `http://127.0.0.1:${port}`,
  region: "local",
  credentials: { accessKeyId: "a", secretAccessKey: "b" },
  maxAttempts: 20,
};
const client = new DynamoDBClient(settings);
const TableName = "things";
const Key = { pk: { S: "p" } };
await client.send(
  new CreateTableCommand({
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
  }),
);
const L = ["a", "b", "c"].map((S) => ({ S }));
await client.send(new PutItemCommand({ TableName, Item: { ...Key, l: { L } } }));
const ExpressionAttributeValues = { ":z": { S: "z" } };
await client.send(new UpdateItemCommand({ TableName, Key, UpdateExpression: "SET l[9] = :z", ExpressionAttributeValues }));
const { Item } = await client.send(new GetItemCommand({ TableName, Key }));
const list = Item.l.L.map((value) => value.S ?? "NULL").join(" ");
console.log(`["a","b","c"], then SET l[9] = "z": ${list}`);
process.exit(list === "a b c NULL NULL NULL NULL NULL NULL z" ? 0 : 1);
SCRIPT
node look.mjs
