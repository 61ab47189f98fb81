import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(new URL("../docs/performance.md", import.meta.url));

const introduction = `# Performance

\`npm run bench\` measures these tables and writes them here; \`npm run bench -- --table 2\` measures one of them. What is compared
was measured side by side in one run on one machine, by turns; figures of different sections are of different runs. None of it was measured on AWS.

**The lean door.** Most of what a request takes is one exchange with DynamoDB, and most of that the AWS SDK's own work around a small JSON body. So calls
on items go through \`lib/db/dynamodb\`: the SDK's client, commands, errors, retry strategy, credentials and endpoints, but one step in place of its fifteen,
a signer that keeps the day's key, connections with one timer for all that is under way, and JSON without schemas. Each file says what it replaces;
\`test/db/dynamodb\` holds it against the plain client, command by command. Going back to the plain SDK is one line of the door (\`lib/db/db.ts\`):
\`new DynamoDBClient({\` in place of \`leanClient({\`, and its import. The bundles then have the SDK's own steps again by themselves (64 kB more in each,
with which \`channelWebhook\` is 2 kB over its budget). Its goals are at the end of tables 3, 7 and 8; table 4 says what is left where.
`;

/**
 * Puts a table in its place in `docs/performance.md`, with the machine, the versions and the day; the others stay as
 * they are.
 */
export function writeReport(number: string, title: string, text: string): void {
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const sections = new Map(
    before
      .split(/^(?=## )/m)
      .slice(1)
      .map((section) => [section.slice(3, section.indexOf(" ·")), section.trim()]),
  );
  sections.set(number, `## ${number} · ${title}\n\n${circumstances()}\n\n${text}`);
  const inOrder = [...sections].sort(([a], [b]) => Number(a) - Number(b)).map(([, section]) => section);
  writeFileSync(file, `${[introduction.trim(), ...inOrder].join("\n\n")}\n`);
}

function circumstances(): string {
  const day = new Date().toISOString().slice(0, 10);
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}`;
  const engine = versionOf("@dynoxide/linux-x64");
  return `*${day}; ${machine}; Node.js ${process.versions.node}; AWS SDK ${versionOf("@aws-sdk/client-dynamodb")}${engine === undefined ? "" : `; engine dynoxide ${engine}`}.*`;
}

function versionOf(name: string): string | undefined {
  const manifest = fileURLToPath(new URL(`../node_modules/${name}/package.json`, import.meta.url));
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")).version : undefined;
}
