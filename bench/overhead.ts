import { createHmac, timingSafeEqual } from "node:crypto";
import { createRequire } from "node:module";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { authenticateApiKey } from "../lib/auth/apiKeys.ts";
import { newUser } from "../lib/domain/user.ts";
import { pipeline } from "../lib/http/pipeline.ts";
import { readJson, readRequest } from "../lib/http/request.ts";
import { validate } from "../lib/http/validate.ts";
import { externalIdAddress } from "../lib/store/keys.ts";
import { readStanding, userItem } from "../lib/store/userItem.ts";
import { awsSdk } from "./getOrCreate/awsSdk.ts";
import { decimals, table } from "./markdown.ts";
import { newApp, startRig, userToken } from "./rig.ts";
import { median } from "./statistics.ts";
import type { Table } from "./table.ts";

/** CPU of one call of each in microseconds: the median of several loops, by turns, of which the first warms up. */
async function cpuOfEach(calls: readonly (() => unknown)[], perLoop: number, loops = 7): Promise<readonly number[]> {
  const times: readonly number[][] = calls.map(() => []);
  for (let loop = 0; loop <= loops; loop++)
    for (const [index, call] of calls.entries()) {
      const before = process.cpuUsage();
      for (let turn = 0; turn < perLoop; turn++) await call();
      const { user, system } = process.cpuUsage(before);
      if (loop > 0) times[index]?.push((user + system) / perLoop);
    }
  return times.map(median);
}

const sent = {
  externalId: "person",
  signedUpAt: "2026-01-01T00:00:00Z",
  profile: { givenName: "Ann", surname: "Example", email: "ann@example.org", locale: "en" },
  metadata: { plan: "gold", seats: 3, beta: true },
};

function eventOf(appId: string, authorization: string): APIGatewayProxyEventV2 {
  const path = `/v2/apps/${appId}/users`;
  return {
    version: "2.0",
    routeKey: "POST /v2/apps/{appId}/users",
    rawPath: path,
    rawQueryString: "",
    headers: {
      authorization,
      host: "api.example.org",
      accept: "application/json",
      "content-type": "application/json",
      "user-agent": "Bench/1.0",
      "x-amzn-trace-id": "Root=1-00000000-000000000000000000000000",
      "x-forwarded-for": "192.0.2.1",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
    },
    pathParameters: { appId },
    requestContext: {
      accountId: "anonymous",
      apiId: "local",
      domainName: "api.example.org",
      domainPrefix: "api",
      http: { method: "POST", path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "Bench/1.0" },
      requestId: "request",
      routeKey: "POST /v2/apps/{appId}/users",
      stage: "$default",
      time: "01/Jan/2026:00:00:00 +0000",
      timeEpoch: 1767225600000,
    },
    body: JSON.stringify(sent),
    isBase64Encoded: false,
  };
}

/** What a request costs beyond its call of DynamoDB, by stage; and a token's verification against the bare HMAC. */
export const overhead: Table = {
  title: "Overhead of a request, in CPU",
  async measure(quick) {
    const rig = await startRig();
    const served = await rig.serve(rig.endpoint);
    const app = await newApp(served);
    const deployed = createRequire(import.meta.url)(rig.artefact("createUser"));
    // The source reads its environment when it is imported, which `serve` has set.
    const { body } = await import("../functions/createUser.ts");
    const key = { ...app.key, scope: "app" as const, displayName: "Bench", appId: app.id };
    const find = async () => key;
    const basic = `Basic ${Buffer.from(`${key.id}:${key.secret}`).toString("base64")}`;
    const token = userToken(app, "person").split(".");
    const claims = Buffer.from(JSON.stringify({ scope: "app" })).toString("base64url");
    const signed = `${token[0]}.${claims}`;
    const jwt = `Bearer ${signed}.${createHmac("sha256", key.secret).update(signed).digest("base64url")}`;
    const event = eventOf(app.id, basic);
    const request = readRequest(event);
    const json = readJson(request);
    const now = new Date();
    const services = { log: () => undefined, now: () => now };
    const answer = { status: 201, body: { user: sent } };
    const bare = pipeline("createUser", "rest", services, async () => answer);
    const floor = awsSdk(rig.endpoint, rig.tableName);
    let person = 0;

    const verifyBare = () => {
      const [head = "", payload = "", signature = ""] = jwt.slice(7).split(".");
      const expected = createHmac("sha256", key.secret).update(`${head}.${payload}`).digest();
      if (!timingSafeEqual(expected, Buffer.from(signature, "base64url"))) throw new Error("A wrong signature.");
      return JSON.parse(Buffer.from(payload, "base64url").toString());
    };
    const fields = {
      externalId: "person",
      signedUpAt: sent.signedUpAt,
      profile: sent.profile,
      metadata: sent.metadata,
    };
    const born = () => marshall(userItem(newUser(app.id, app.id, now, fields)), { removeUndefinedValues: true });
    const stored = born();
    const [
      derive = 0,
      make = 0,
      readBack = 0,
      parse = 0,
      readAlone = 0,
      authenticate = 0,
      validation = 0,
      answering = 0,
      byToken = 0,
      bareHmac = 0,
    ] = await cpuOfEach(
      [
        () => externalIdAddress("salt", "person"),
        born,
        () => readStanding(unmarshall(stored)),
        () => readJson(readRequest(event)),
        () => readRequest(event),
        () => authenticateApiKey(basic, find, now),
        () => validate(body, json),
        () => bare(event, {}),
        () => authenticateApiKey(jwt, find, now),
        verifyBare,
      ],
      quick ? 50 : 5_000,
    );
    const [whole = 0, database = 0] = await cpuOfEach(
      [
        () => deployed.handler({ ...event, body: JSON.stringify({ ...sent, externalId: `person-${++person}` }) }, {}),
        () => floor.getOrCreate(`person-${++person}`),
      ],
      quick ? 20 : 500,
    );
    await served.close();
    await rig.stop();

    const answerAlone = answering - readAlone;
    const beyond = whole - database;
    const rows = [
      ["parse (event, JSON)", parse],
      ["authenticate (Basic)", authenticate],
      ["validate (body)", validation],
      ["answer (middy, log entry, JSON)", answerAlone],
      ["run beyond the database call", beyond - parse - authenticate - validation - answerAlone],
      ["· of it, in a loop of its own: derive the id", derive],
      ["· make the user and its item, as attribute values", make],
      ["· read a user who stands there back (an existing user only)", readBack],
      ["**together, beyond the database call**", beyond],
      ["the database call itself (the floor of table 2)", database],
      ["**the whole handler**", whole],
    ] as const;
    return [
      "`createUser` of a new user with a profile and metadata, one request at a time. The stages are measured alone, the whole as the bundle that is deployed, by turns with the floor; what is left between them is `run`, and less than nothing where the trimmed SDK of the bundle saves more than that takes. The parts of `run` take in a loop of their own what the rows below it say; the rest is what the same code takes amid everything else of a request, and the further attributes of the item.",
      table(
        ["stage", "µs", "% of the whole"],
        rows.map(([name, time]) => [name, decimals(time, 0), decimals((time / whole) * 100, 0)]),
      ),
      table(
        ["verifying a JWT (HS256)", "µs"],
        [
          ["bare HMAC, compared in constant time, and the claims parsed", decimals(bareHmac, 0)],
          ["ours (jose, key imported once; algorithm, `kid`, `exp`, `nbf` and scope checked)", decimals(byToken, 0)],
        ],
      ),
    ].join("\n\n");
  },
};
