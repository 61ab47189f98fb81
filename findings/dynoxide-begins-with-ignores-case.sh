#!/usr/bin/env bash
# dynoxide 1.2.1, asked by @aws-sdk/client-dynamodb 3.1164.0 (Node.js 20 or later): in the condition of a Query,
# begins_with(sk, :prefix) finds keys that differ from the prefix in the case of ASCII letters; DynamoDB compares bytes, and
# so does a filter of the same engine. Guessed: one rule for begins_with, that of DynamoDB. So a test on this engine passes
# where sort keys of two kinds differ in case alone, and a query would find only one of them on AWS; the other way round, an
# entity whose prefix is another's in small letters turns up in its lists.
#
# Output seen, 2026-11-29:
#   KeyConditionExpression begins_with(sk, "a"): Abc abc
#   FilterExpression begins_with(v, "a"):        abc
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
import { CreateTableCommand, DynamoDBClient, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";

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
await client.send(
  new CreateTableCommand({
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: ["pk", "sk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
  }),
);
for (const S of ["Abc", "abc"]) await client.send(new PutItemCommand({ TableName, Item: { pk: { S: "p" }, sk: { S }, v: { S } } }));
const values = { ":p": { S: "p" }, ":a": { S: "a" } };
const found = async (input) => {
  const { Items } = await client.send(new QueryCommand({ TableName, ExpressionAttributeValues: values, ...input }));
  return Items.map(({ sk }) => sk.S).join(" ");
};
const byKey = await found({ KeyConditionExpression: "pk = :p AND begins_with(sk, :a)" });
const byFilter = await found({ KeyConditionExpression: "pk = :p", FilterExpression: "begins_with(v, :a)" });
console.log(`KeyConditionExpression begins_with(sk, "a"): ${byKey}`);
console.log(`FilterExpression begins_with(v, "a"):        ${byFilter}`);
process.exit(byKey === "Abc abc" && byFilter === "abc" ? 0 : 1);
SCRIPT
node look.mjs
