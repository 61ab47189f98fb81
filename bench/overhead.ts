import { createHmac, timingSafeEqual } from "node:crypto";
import { createRequire } from "node:module";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { authenticateApiKey } from "../lib/auth/apiKeys.ts";
import { httpConnections } from "../lib/aws/httpConnections.ts";
import { jsonHeaders, originOf } from "../lib/aws/jsonRequest.ts";
import { requestSigner } from "../lib/aws/signRequest.ts";
import { readBody, writeBody } from "../lib/db/dynamodb/itemJson.ts";
import { readAddressRecord, userItem } from "../lib/db/items/userItem.ts";
import { externalIdAddress } from "../lib/db/keys.ts";
import { pipeline } from "../lib/http/pipeline.ts";
import { readJson, readRequest } from "../lib/http/request.ts";
import { validate } from "../lib/http/schemas/validate.ts";
import { newUser } from "../lib/model/user.ts";
import { basic } from "../test/support/caller.ts";
import { cpuOfEach } from "./cpu.ts";
import { createUserEvent, sent } from "./createUserEvent.ts";
import { awsSdk } from "./getOrCreate/awsSdk.ts";
import { decimals, table } from "./markdown.ts";
import { type BenchApp, newApp, type Rig, startRig, userToken } from "./rig.ts";
import type { Table } from "./table.ts";

/** Makes a put as it goes over the wire, and a function that makes its exchange alone, with only Node.js's HTTP. */
function bareExchange(endpoint: string, input: object) {
  const url = new URL(endpoint);
  const sign = requestSigner();
  const body = writeBody(input);
  const request = { method: "POST", path: "/" };
  const signed = () => {
    const headers = jsonHeaders(url, "DynamoDB_20120810.PutItem", "1.0", body);
    return sign(
      { ...request, headers, bodyHash: headers["x-amz-content-sha256"] },
      { accessKeyId: "local", secretAccessKey: "local" },
      { at: Date.now(), region: "local", service: "dynamodb" },
    );
  };
  const headers = signed();
  const connections = httpConnections({ connectionTimeout: 10_000, requestTimeout: 10_000 });
  const exchange = () => connections.handle({ ...request, ...originOf(url), headers, body });
  return { exchange, signed };
}

/** Makes a new user's item, as attribute values. */
const newItem = (app: BenchApp, now: Date) =>
  marshall(userItem(newUser(app.id, app.id, now, sent)), { removeUndefinedValues: true });

/** Makes the put of a new user, at an address of its own. */
const putOf = (rig: Rig, app: BenchApp) => ({
  TableName: rig.tableName,
  Item: { ...newItem(app, new Date()), pk: { S: "exchange" } },
});

/** Makes the stages of a request, each to be called alone. */
async function stagesOf(rig: Rig, app: BenchApp) {
  // The source reads its environment when it is imported; `serve` has set it.
  const { body } = await import("../functions/createUser.ts");
  const key = { ...app.key, scope: "app" as const, displayName: "Bench", appId: app.id };
  const find = async () => key;
  const authorization = basic(key);
  const event = createUserEvent(app.id, authorization, "person");
  const json = readJson(readRequest(event));
  const now = new Date();
  const services = { log: () => undefined, now: () => now };
  const answer = pipeline("createUser", "rest", services, async () => ({ status: 201, body: { user: sent } }));
  const make = () => newItem(app, now);
  const stored = make();
  const input = putOf(rig, app);
  return {
    derive: () => externalIdAddress("salt", "person"),
    make,
    readBack: () => readAddressRecord(unmarshall(stored)),
    write: () => writeBody(input),
    sign: bareExchange(rig.endpoint, input).signed,
    read: () => readBody("{}"),
    parse: () => readJson(readRequest(event)),
    readAlone: () => readRequest(event),
    authenticate: () => authenticateApiKey(authorization, find, now),
    validate: () => validate(body, json),
    answer: () => answer(event, {}),
    ...verifications(app, (jwt) => authenticateApiKey(jwt, find, now)),
  };
}

/** Makes two verifications of the same token of an app's key. */
function verifications(app: BenchApp, authenticate: (authorization: string) => unknown) {
  const { secret } = app.key;
  const [header] = userToken(app, "person").split(".");
  const claims = Buffer.from(JSON.stringify({ scope: "app" })).toString("base64url");
  const signed = `${header}.${claims}`;
  const jwt = `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
  return {
    byToken: () => authenticate(`Bearer ${jwt}`),
    bareHmac: () => {
      const [head = "", payload = "", signature = ""] = jwt.split(".");
      const expected = createHmac("sha256", secret).update(`${head}.${payload}`).digest();
      if (!timingSafeEqual(expected, Buffer.from(signature, "base64url"))) throw new Error("A wrong signature.");
      return JSON.parse(Buffer.from(payload, "base64url").toString());
    },
  };
}

/** Makes the whole request as it is deployed, its exchange, and the same put through the plain AWS SDK. */
function wholesOf(rig: Rig, app: BenchApp) {
  const deployed = createRequire(import.meta.url)(rig.artefact("createUser"));
  const floor = awsSdk(rig.endpoint, rig.tableName);
  let person = 0;
  return {
    whole: () => deployed.handler(createUserEvent(app.id, basic(app.key), `person-${++person}`), {}),
    exchanged: bareExchange(rig.endpoint, putOf(rig, app)).exchange,
    database: () => floor.getOrCreate(`person-${++person}`),
  };
}

type Times = Readonly<Record<keyof Awaited<ReturnType<typeof stagesOf>> | keyof ReturnType<typeof wholesOf>, number>>;

function report(times: Times): string {
  const stages = [
    ["parse (event, JSON)", times.parse],
    ["authenticate (Basic)", times.authenticate],
    ["validate (body)", times.validate],
    ["derive the user's id", times.derive],
    ["make the user and its item, as attribute values", times.make],
    ["write the request's JSON", times.write],
    ["hash and sign the request", times.sign],
    ["the exchange with DynamoDB, by Node.js's HTTP alone", times.exchanged],
    ["read the answer's JSON", times.read],
    ["answer (middy, log entry, JSON)", times.answer - times.readAlone],
  ] as const;
  const sum = stages.reduce((sum, [, time]) => sum + time, 0);
  const rows = [
    ...stages,
    ["everything else: the client's one step, retries, promises, the code between these", times.whole - sum],
    ["**the whole handler**", times.whole],
    ["the same put through the plain AWS SDK alone (the floor of table 2)", times.database],
    ["read a user who stands there back, in a loop of its own (an existing user only)", times.readBack],
  ] as const;
  return [
    "`createUser` of a new user with a profile and metadata, one request at a time. The whole, as the bundle that is deployed, the exchange and the floor are measured by turns; the other stages each in a loop of its own, where they take less than amid everything else of a request: what that makes is part of the rest.",
    table(
      ["stage", "µs", "% of the whole"],
      rows.map(([name, time]) => [name, decimals(time, 0), decimals((time / times.whole) * 100, 0)]),
    ),
    table(
      ["verifying a JWT (HS256)", "µs"],
      [
        ["bare HMAC, compared in constant time, and the claims parsed", decimals(times.bareHmac, 0)],
        [
          "ours (jose, key imported once; algorithm, `kid`, `exp`, `nbf` and scope checked)",
          decimals(times.byToken, 0),
        ],
      ],
    ),
  ].join("\n\n");
}

/** The cost of a request, by stage; and a token's verification against the bare HMAC. */
export const overhead: Table = {
  title: "Overhead of a request, in CPU",
  async measure(quick) {
    const rig = await startRig();
    const served = await rig.serve(rig.endpoint);
    const app = await newApp(served);
    const stages = await cpuOfEach(await stagesOf(rig, app), { perLoop: quick ? 50 : 5_000 });
    const wholes = await cpuOfEach(wholesOf(rig, app), { perLoop: quick ? 20 : 500 });
    await served.close();
    await rig.stop();
    return report({ ...stages, ...wholes });
  },
};
