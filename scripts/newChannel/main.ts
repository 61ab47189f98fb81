import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { argv, execPath, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { channelFiles } from "./template.ts";

/**
 * Makes a new channel: `npm run new-channel <name> [label]`. Its folder has everything that the contract requires, with
 * a test and examples; it is registered, and has its rows in the tests and documents of all channels. It works for a
 * provider that signs JSON with HMAC-SHA256: change it to the real provider's deliveries.
 */
const placeOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Writes a line into a file, among the lines like it in the order of the alphabet. Throws if there are none. */
function register(path: string, line: string, like: RegExp): void {
  const lines = readFileSync(placeOf(path), "utf8").split("\n");
  const first = lines.findIndex((one) => like.test(one));
  if (first < 0) throw new Error(`${path} has no line like ${like}.`);
  let place = first;
  while (like.test(lines[place] ?? "") && (lines[place] ?? "") < line) place++;
  writeFileSync(placeOf(path), lines.toSpliced(place, 0, line).join("\n"));
}

const [, , name = "", label = name.charAt(0).toUpperCase() + name.slice(1)] = argv;
if (!/^[a-z][a-z0-9]{1,31}$/.test(name) || !/^[\w .-]{1,64}$/.test(label)) {
  console.error(
    "Usage: npm run new-channel <name> [label], a name of lower-case letters and digits, a label of plain letters.",
  );
  exit(1);
}
if (existsSync(placeOf(`lib/channels/${name}`))) {
  console.error(`lib/channels/${name} is there already.`);
  exit(1);
}
for (const [path, text] of Object.entries(channelFiles(name, label))) {
  mkdirSync(dirname(placeOf(path)), { recursive: true });
  writeFileSync(placeOf(path), text);
}
register("lib/model/channel.ts", `  "${name}",`, /^ {2}"\w+",$/);
register("lib/channels/loadChannel.ts", `  ${name}: () => import("./${name}/receive.ts"),`, /^ {2}\w+: \(\) => import/);
register("lib/channels/loadSender.ts", `  ${name}: () => import("./${name}/send.ts"),`, /^ {2}\w+: \(\) => import/);
register("docs/channels.md", `| ${name} | _token_, _secret_ | – | – |`, /^\| whatsapp +\|/);
register("test/support/channelPeople.ts", `  ${name}: { token: "a-token", secret: "a-secret" },`, /^ {2}whatsapp: \{/);
register(
  "test/functions/channelWebhookUnread.test.ts",
  `  ${name}: { of: "p1", said: { type: "hologram", id: "1", from: "p1" }, ofNobody: { type: "hologram", text: "hello" } },`,
  /^ {2}whatsapp: \{/,
);
const run = (...command: readonly string[]) =>
  execFileSync(execPath, command, { stdio: ["ignore", "ignore", "inherit"] });
const written = ["docs/channels.md", "lib/channels", "test/channels", "test/functions"].map(placeOf);
run(placeOf("node_modules/@biomejs/biome/bin/biome"), "format", "--write", ...written);
run(placeOf("scripts/writeOpenApi.ts"));
console.log(`lib/channels/${name} is made and registered. Next:
- lib/channels/${name} and test/examples/${name}: write what the provider really sends and takes, and in
  test/functions/channelWebhookUnread.test.ts something new of a person and of nobody.
- docs/channels.md: say how it is set up, how it signs, what its deliveries become, and what goes out.
- The commands of "Add a channel" in CONTRIBUTING.md: run its tests, and what every channel is held to.
- npm start: the page at http://localhost:3000 offers it.`);
