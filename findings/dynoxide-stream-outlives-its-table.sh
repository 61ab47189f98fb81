#!/usr/bin/env bash
# dynoxide 1.2.1, asked by @aws-sdk/client-dynamodb 3.1164.0 and client-dynamodb-streams 3.1141.0 (Node.js 20 or later): a table
# that is deleted and created again begins its stream with the records of the deleted one, images included, so a reader at
# TRIM_HORIZON hears of writes to a table that is gone. DynamoDB gives each table that is created a stream of its own.
# Guessed: a new table, a new stream. A test that deletes its table to begin anew hears of the test before it.
#
# Output seen, 2026-11-29:
#   records of the table that was created again, before any write: INSERT old
#
# Exits with an error when that changes. For Linux on x64, for which the engine is pinned here.
set -euo pipefail
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @dynoxide/linux-x64@1.2.1 @aws-sdk/client-dynamodb@3.1164.0 @aws-sdk/client-dynamodb-streams@3.1141.0

cat > look.mjs <<'SCRIPT'
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";

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
const streams = new DynamoDBStreamsClient(settings);
const TableName = "things";
const create = async () => {
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    }),
  );
  return TableDescription.LatestStreamArn;
};
await create();
await client.send(new PutItemCommand({ TableName, Item: { pk: { S: "old" } } }));
await client.send(new DeleteTableCommand({ TableName }));
const StreamArn = await create();
const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
const seen = [];
for (const { ShardId } of StreamDescription.Shards) {
  const from = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" };
  const { ShardIterator } = await streams.send(new GetShardIteratorCommand(from));
  const { Records } = await streams.send(new GetRecordsCommand({ ShardIterator }));
  for (const { eventName, dynamodb } of Records) seen.push(`${eventName} ${dynamodb.Keys.pk.S}`);
}
console.log(`records of the table that was created again, before any write: ${seen.join(", ")}`);
process.exit(seen.join() === "INSERT old" ? 0 : 1);
SCRIPT
node look.mjs
