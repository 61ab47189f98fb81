import { startEngine } from "../lib/local/engine.ts";
import { createTable } from "../lib/local/createTable.ts";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { leanClient } from "../lib/db/dynamodb/leanClient.ts";
import { marshall } from "@aws-sdk/util-dynamodb";
const engine = await startEngine({});
await createTable(engine.endpoint, "probe");
const base = { endpoint: engine.endpoint, region: "local", credentials: { accessKeyId: "local", secretAccessKey: "local" } };
const plain = new DynamoDBClient(base);
const lean = leanClient({ ...base, retryMode: "standard", maxAttempts: 4, requestHandler: { connectionTimeout: 10000, requestTimeout: 10000 } });
let n = 0;
const put = (c: DynamoDBClient) => c.send(new PutItemCommand({ TableName: "probe", Item: marshall({ pk: `p${++n}`, sk: "user", externalId: "x", givenName: "Ann", email: "ann@example.org", signedUpAt: "2026-01-01T00:00:00.000Z" }), ConditionExpression: "attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure: "ALL_OLD" }));
const times = { plain: [] as number[], lean: [] as number[] };
const width = Number(process.argv[2] ?? 1);
for (let i = 0; i < 12; i++) for (const [name, c] of [["plain", plain], ["lean", lean]] as const) {
  const before = process.cpuUsage();
  for (let j = 0; j < 600 / width; j++) await Promise.all(Array.from({ length: width }, () => put(c)));
  const u = process.cpuUsage(before);
  if (i > 2) times[name].push((u.user + u.system) / 600);
}
const med = (a: number[]) => a.sort((x, y) => x - y)[a.length >> 1]!;
console.log(width, med(times.plain), med(times.lean), med(times.lean) / med(times.plain));
await engine.stop(); process.exit();
