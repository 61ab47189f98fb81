import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(new URL("../docs/performance.md", import.meta.url));

const introduction = `# Performance

\`npm run bench\` measures these tables and writes them here; \`npm run bench -- --table 2\` measures one of them. What is compared
was measured side by side in one run on one machine, by turns; figures of different sections are of different runs. None of it was measured on AWS.
`;

/** Puts a table in its place in \`docs/performance.md\`, with the machine, the versions and the day; the others stay as they are. */
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
