#!/usr/bin/env bash
# viber-bot 1.0.18 (Node.js 20 or later): the token that Viber gives a message is an integer of 64 bits, which the library
# reads by JSON.parse: its last digits become others, so that the token which the receipts "delivered" and "seen" name is
# not the one that was kept, and two messages can have the same. Guessed: a string, or a BigInt.
#
# Output seen, 2026-11-29:
#   told 5741311803571721087, read 5741311803571721000
#   told 5741311803571721088, read 5741311803571721000
#
# Exits with an error when that changes.
set -euo pipefail
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund viber-bot@1.0.18

cat > look.cjs <<'SCRIPT'
const { createServer } = require("node:http");
const ViberClient = require("viber-bot/lib/viber-client.js");

let told = "";
const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { "content-type": "application/json" });
  response.end(`{"status":0,"status_message":"ok","message_token":${told}}`);
});
server.listen(0, "127.0.0.1", async () => {
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const account = { name: "Ada", avatar: null, authToken: "t" };
  const client = new ViberClient(quiet, account, `http://127.0.0.1:${server.address().port}`, []);
  const seen = [];
  for (told of ["5741311803571721087", "5741311803571721088"]) {
    const { message_token } = await client.sendMessage("01234567890A=", "text", { type: "text", text: "Hi" });
    console.log(`told ${told}, read ${message_token}`);
    seen.push(String(message_token));
  }
  process.exit(String(seen) === "5741311803571721000,5741311803571721000" ? 0 : 1);
});
SCRIPT
node look.cjs
