#!/usr/bin/env bash
# messagebird 4.0.1 (its newest; Node.js 20 or later): the package's own Express middleware, which is to refuse webhook
# calls that MessageBird did not sign, hands every call on that has the header at all, whatever the signature. It does
# not wait for the promise of the check, so the refusal arrives as an unhandled rejection, which ends a Node process
# unless a listener takes it. Guessed: the handler after it sees verified calls alone. `verify` itself refuses.
#
# Output seen, 2026-11-29:
#   verify: refused
#   middleware: handed on without an error
#   unhandled rejection: yes
#
# Exits with an error when that changes.
set -euo pipefail
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund messagebird@4.0.1

cat > look.cjs <<'SCRIPT'
const signature = require("messagebird/lib/webhook-signature-jwt");

let unhandled = "no";
process.on("unhandledRejection", () => {
  unhandled = "yes";
});
const headers = { "messagebird-signature-jwt": "forged" };
const request = { protocol: "https", hostname: "a.example", originalUrl: "/hook", headers, body: Buffer.from("{}") };
const outcome = (error) => (error === undefined ? "handed on without an error" : "refused");

async function look() {
  const key = require("node:crypto").createSecretKey(Buffer.from("key"));
  const verified = await signature.verify("https://a.example/hook", request.body, "forged", key).then(
    () => "accepted",
    () => "refused",
  );
  const passed = await new Promise((next) => {
    new signature.ExpressMiddlewareVerify("key")(request, {}, next);
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  console.log(`verify: ${verified}\nmiddleware: ${outcome(passed)}\nunhandled rejection: ${unhandled}`);
  process.exit(verified === "refused" && passed === undefined && unhandled === "yes" ? 0 : 1);
}
look();
SCRIPT
node look.cjs
