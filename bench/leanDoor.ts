import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { build } from "esbuild";
import { variable } from "../lib/api/environment.ts";
import { leanClient } from "../lib/db/dynamodb/leanClient.ts";
import { lambdaFormat } from "../lib/infra/bundling/bundle.ts";
import { basic } from "../test/support/caller.ts";
import { cpuOfEach } from "./cpu.ts";
import { createUserEvent } from "./createUserEvent.ts";
import { awsSdk } from "./getOrCreate/awsSdk.ts";
import { local, person } from "./getOrCreate/contender.ts";
import { decimals, goal, table } from "./markdown.ts";
import { newApp, type Rig, startRig } from "./rig.ts";
import { secureFront } from "./secureFront.ts";
import { median } from "./statistics.ts";
import type { Table } from "./table.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The share of the plain put's CPU that the whole handler may take: in a long-running process, and in a young one. */
const shares = { warm: 0.55, young: 0.5 };

interface Compared {
  readonly name: string;
  readonly ours: number;
  readonly plain: number;
  readonly share: number;
}

interface Stage {
  readonly rig: Rig;
  readonly appId: string;
  readonly authorization: string;
  readonly quick: boolean;
}

/** Measures the CPU of the deployed handler and of the plain put, in one process, by turns. */
async function warm({ rig, appId, authorization, quick }: Stage): Promise<Compared[]> {
  const { handler } = createRequire(import.meta.url)(rig.artefact("createUser"));
  const floor = awsSdk(rig.endpoint, rig.tableName);
  let person = 0;
  const rows: Compared[] = [];
  for (const kind of ["new", "existing"])
    for (const width of [1, 32]) {
      const name = () => (kind === "new" ? `person-${++person}` : `known-${++person % 200}`);
      const { ours, plain } = await cpuOfEach(
        {
          ours: () => handler(createUserEvent(appId, authorization, name()), {}),
          plain: () => floor.getOrCreate(name()),
        },
        { perLoop: quick ? 64 : 800, width },
      );
      rows.push({ name: `${kind}, ${width} at a time`, ours, plain, share: shares.warm });
    }
  return rows;
}

/** Measures the CPU of one conditional put of the same item by each client, by turns. */
async function putsAlone({ rig, quick }: Stage): Promise<readonly (readonly [string, number])[]> {
  const settings = local(rig.endpoint);
  const plain = new DynamoDBClient(settings);
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(settings));
  const patience = { connectionTimeout: 10_000, requestTimeout: 10_000 };
  const lean = leanClient({ ...settings, requestHandler: patience });
  let turn = 0;
  const input = () => {
    const externalId = `put-${++turn}`;
    const Item = { pk: `alone#${externalId}`, sk: "user", ...person(externalId) };
    return { TableName: rig.tableName, Item, ConditionExpression: "attribute_not_exists(pk)" };
  };
  const marshalled = () => {
    const { Item, ...rest } = input();
    return { ...rest, Item: marshall(Item) };
  };
  const times = await cpuOfEach(
    {
      "`@aws-sdk/lib-dynamodb`'s document client": () => documents.send(new PutCommand(input())),
      "`@aws-sdk/client-dynamodb`, with `marshall`": () => plain.send(new PutItemCommand(marshalled())),
      "the lean client, with `marshall`": () => lean.send(new PutItemCommand(marshalled())),
    },
    { perLoop: quick ? 64 : 800 },
  );
  return Object.entries(times);
}

/** Measures the CPU of requests 2 to 50 of fresh processes, by turns, over TLS as on Lambda. */
async function young({ rig, appId, authorization, quick }: Stage): Promise<Compared> {
  const directory = mkdtempSync(join(tmpdir(), "sunroom-young-"));
  const entryPoints = [{ in: here("coldStart/awsSdkHandler.ts"), out: "plain" }];
  await build({ entryPoints, outdir: directory, ...lambdaFormat, logLevel: "error" });
  const front = await secureFront(rig.endpoint);
  const environment = {
    PATH: process.env.PATH ?? "",
    NODE_EXTRA_CA_CERTS: front.certificate,
    ...rig.environmentOnAws(front.endpoint),
  };
  const event = createUserEvent(appId, authorization, "NAME");
  const candidates = [
    { bundle: rig.artefact("createUser").replace(/\.cjs$/, ".mjs"), event, environment, times: [] as number[] },
    {
      bundle: join(directory, "plain.cjs"),
      event: { externalId: "NAME" },
      environment: { ...environment, [variable.dynamodbEndpoint]: front.endpoint },
      times: [] as number[],
    },
  ];
  for (let round = 0; round <= (quick ? 1 : 20); round++)
    for (const { bundle, event, environment: env, times } of candidates) {
      const script = [here("coldStart/startYoung.cjs"), bundle, JSON.stringify(event)];
      const { stdout } = await promisify(execFile)(process.execPath, script, { env });
      if (round > 0) times.push(Number(stdout.split("\n").at(-1)) * 1_000);
    }
  front.close();
  rmSync(directory, { recursive: true, force: true });
  const [ours = 0, plain = 0] = candidates.map(({ times }) => median(times));
  return { name: "new, requests 2 to 50 of a fresh process, over TLS", ours, plain, share: shares.young };
}

/**
 * The whole handler of `createUser` against the plain AWS SDK's conditional put, which is its only call of DynamoDB.
 */
export const leanDoor: Table = {
  title: "The lean door: a whole request against one call of the plain AWS SDK",
  async measure(quick) {
    const rig = await startRig();
    const served = await rig.serve(rig.endpoint);
    const app = await newApp(served);
    const authorization = basic(app.key);
    const stage = { rig, appId: app.id, authorization, quick };
    const rows = [...(await warm(stage)), await young(stage)];
    const puts = await putsAlone(stage);
    const plainPut = puts[1]?.[1] ?? Number.NaN;
    await served.close();
    await rig.stop();
    return [
      "CPU of `createUser` as it is deployed, from API Gateway's event to its answer, and of one conditional put by the AWS SDK's client as it comes, by turns against the same engine.",
      table(
        ["a user", "createUser µs", "plain put µs", "×"],
        rows.map(({ name, ours, plain }) => [name, decimals(ours, 0), decimals(plain, 0), decimals(ours / plain)]),
      ),
      table(
        ["one conditional put alone, 1 at a time, by", "µs", "×"],
        puts.map(([name, time]) => [name, decimals(time, 0), decimals(time / plainPut)]),
      ),
      rows
        .map(({ name, ours, plain, share }) =>
          goal(`${name}: ${decimals(ours / plain)} × the plain put's CPU (at most ${share})`, ours / plain <= share),
        )
        .join("\n"),
    ].join("\n\n");
  },
};
