#!/usr/bin/env bash
# @aws-sdk/client-dynamodb 3.1164.0 (Node.js 20 or later): where the server's Date header is four minutes or more from this
# machine's clock, every refusal counts as one of a skewed clock and is sent again, also one that has nothing to do with
# time: a put whose condition fails is made four times, and again four times on the next call, though the clock was
# "corrected" meanwhile. Guessed: only the errors that name the clock or the signature (RequestTimeTooSkewed and the like)
# are tried again, or at least no more once the clock is corrected. Behind it: the signer's errorHandler marks any error
# whose offset changed by so much as a millisecond, and the retry strategy takes the mark for a passing fault.
#
# Output seen, 2026-11-28:
#   Date as here:   ConditionalCheckFailedException after 1 request
#   Date 1 h ahead: ConditionalCheckFailedException after 4 requests
#   Date 1 h ahead: ConditionalCheckFailedException after 4 requests
#
# Exits with an error when that changes.
set -euo pipefail
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @aws-sdk/client-dynamodb@3.1164.0

cat > look.mjs <<'SCRIPT'
import { createServer } from "node:http";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";

let requests = 0;
let ahead = 0;
const server = createServer((request, response) => {
  request.resume();
  requests++;
  const headers = { "content-type": "application/x-amz-json-1.0", date: new Date(Date.now() + ahead).toUTCString() };
  const body = { __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", message: "No" };
  response.writeHead(400, headers).end(JSON.stringify(body));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const client = new DynamoDBClient({
  endpoint: `http://127.0.0.1:${server.address().port}`,
  region: "eu-west-1",
  credentials: { accessKeyId: "a", secretAccessKey: "b" },
});
const seen = [];
for (const [name, offset] of [["as here:  ", 0], ["1 h ahead:", 3_600_000], ["1 h ahead:", 3_600_000]]) {
  [requests, ahead] = [0, offset];
  const error = await client.send(new PutItemCommand({ TableName: "t", Item: {} })).catch((thrown) => thrown);
  console.log(`Date ${name} ${error.name} after ${requests} request${requests === 1 ? "" : "s"}`);
  seen.push(requests);
}
process.exit(String(seen) === "1,4,4" ? 0 : 1);
SCRIPT
node look.mjs
