import { readFileSync, writeFileSync } from "node:fs";
import { type Command, yes } from "../command.ts";
import { CommandFailed, UsageError } from "../failures.ts";
import type { Api } from "../server/api.ts";
import { segment } from "../server/segment.ts";
import { exportUsers } from "../users/exportUser.ts";
import { checkProof, type Erased, erasePerson, leftOf, type Report, sign } from "./erasure.ts";
import { fromOption, readNames } from "./readNames.ts";

export const peopleCommands: readonly Command[] = [
  {
    name: "people export",
    summary: "Write everything that is stored about several people, one JSON object a line",
    parameters: ["[userIdOrExternalId]…"],
    options: fromOption,
    inApp: true,
    notes: [
      "A line is what sunroom user export writes. It ends with an error at the first name that no user has.",
      "npm run -s restore -- users --live <table> --app <id> lists the ids of all users of an app.",
    ],
    examples: ["people export --from people.txt > people.jsonl"],
    run: async (invocation) => {
      const names = readNames(invocation);
      const app = await invocation.appId();
      return { chunks: exportUsers(invocation.api(), app, usersNamed(invocation.api(), app, names)) };
    },
  },
  {
    name: "people erase",
    summary: "Delete people for good, and write a signed report of what was deleted",
    parameters: ["[userIdOrExternalId]…"],
    options: {
      ...fromOption,
      report: { value: "file", summary: "Where the report is written, in JSON; must not exist" },
      ...yes,
    },
    inApp: true,
    notes: [
      "Each person is deleted with clients, conversations and messages; then the server is asked for what is left.",
      "The report holds ids and numbers: no name, and of each externalId an HMAC under the key's secret. It is signed with the key, which sunroom people verify needs.",
    ],
    examples: ["people erase --from people.txt --report erased.json --yes"],
    run: async (invocation) => {
      const names = readNames(invocation);
      const file = invocation.text("report");
      if (file === undefined) throw new UsageError("--report is missing: the file for the proof.");
      invocation.confirm(`This deletes ${names.length} people for good`);
      const [api, appId] = [invocation.api(), await invocation.appId()];
      // Before anything is deleted, so that no deletion is without its proof.
      createFile(file);
      const startedAt = new Date().toISOString();
      const people: Erased[] = [];
      let report = sign({ server: api.url, appId, startedAt, endedAt: startedAt, people }, api.credentials);
      for (const name of names) {
        people.push(await erasePerson(api, appId, name));
        const endedAt = new Date().toISOString();
        report = sign({ server: api.url, appId, startedAt, endedAt, people }, api.credentials);
        writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
      }
      const failed = people.filter(({ outcome }) => outcome === "failed").length;
      if (failed > 0) throw new CommandFailed(`${failed} of ${names.length} people are not erased; ${file} says why.`);
      return { json: report, text: summaryOf(people, report) };
    },
  },
  {
    name: "people verify",
    summary: "Check the signature of a report of people erase, and that still nothing is left",
    parameters: ["<file>"],
    inApp: false,
    notes: ["It needs the key with which the report was signed."],
    examples: ["people verify erased.json"],
    run: async ({ parameters: [file = ""], api }) => {
      const report = readReport(file);
      checkProof(report, api().credentials);
      const { appId, people, server } = report.erasure;
      const left: string[] = [];
      for (const person of people) left.push(...(await leftOf(api(), appId, person)));
      if (left.length > 0) throw new CommandFailed(`This is left: ${left.join(", ")}.`);
      return {
        json: { file, server, people: people.length, left },
        text: `The report is as it was signed, and nothing is left of its ${people.length} people.`,
      };
    },
  },
];

/** Finds the users of names, one after another. */
async function* usersNamed(api: Api, appId: string, names: readonly string[]) {
  for (const name of names)
    yield (await api.get<{ user: { id: string } }>(`/v2/apps/${segment(appId)}/users/${segment(name)}`)).user;
}

function createFile(file: string): void {
  try {
    writeFileSync(file, "", { flag: "wx", mode: 0o600 });
  } catch {
    throw new UsageError(`The file ${file} exists, or cannot be written.`);
  }
}

function readReport(file: string): Report {
  try {
    const report: Report = JSON.parse(readFileSync(file, "utf8"));
    if (Array.isArray(report.erasure.people)) return report;
  } catch {
    // Said below, as of any other file.
  }
  throw new UsageError(`The file ${file} is no report of an erasure.`);
}

function summaryOf(people: readonly Erased[], { sha256, signature }: Report): string {
  const sum = (count: (person: Erased) => number) => people.reduce((total, person) => total + count(person), 0);
  const erased = people.filter(({ outcome }) => outcome === "erased").length;
  return [
    `erased        ${erased}`,
    `not found     ${people.length - erased}`,
    `clients       ${sum(({ clients = 0 }) => clients)}`,
    `conversations ${sum(({ conversationIds = [] }) => conversationIds.length)}`,
    `messages      ${sum(({ messages = 0 }) => messages)}`,
    `sha256        ${sha256}`,
    `signed with   ${signature.keyId}`,
  ].join("\n");
}
