import { createHmac, timingSafeEqual } from "node:crypto";
import { createRequire } from "node:module";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { authenticateApiKey } from "../lib/auth/apiKeys.ts";
import { httpConnections } from "../lib/db/dynamodb/httpConnections.ts";
import { readBody, writeBody } from "../lib/db/dynamodb/itemJson.ts";
import { jsonHeaders, originOf } from "../lib/db/dynamodb/jsonRequest.ts";
import { requestSigner } from "../lib/db/dynamodb/signRequest.ts";
import { newUser } from "../lib/domain/user.ts";
import { pipeline } from "../lib/http/pipeline.ts";
import { readJson, readRequest } from "../lib/http/request.ts";
import { validate } from "../lib/http/validate.ts";
import { externalIdAddress } from "../lib/store/keys.ts";
import { readStanding, userItem } from "../lib/store/userItem.ts";
import { basic } from "../test/support/caller.ts";
import { cpuOfEach } from "./cpu.ts";
import { createUserEvent, sent } from "./createUserEvent.ts";
import { awsSdk } from "./getOrCreate/awsSdk.ts";
import { decimals, table } from "./markdown.ts";
import { newApp, startRig, userToken } from "./rig.ts";
import type { Table } from "./table.ts";

/** A put as it goes over the wire, and a function that makes its exchange alone, by nothing but Node.js's HTTP. */
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

/** What a request costs, by stage; and a token's verification against the bare HMAC. */
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
    const authorization = basic(key);
    const token = userToken(app, "person").split(".");
    const claims = Buffer.from(JSON.stringify({ scope: "app" })).toString("base64url");
    const signed = `${token[0]}.${claims}`;
    const jwt = `Bearer ${signed}.${createHmac("sha256", key.secret).update(signed).digest("base64url")}`;
    const event = createUserEvent(app.id, authorization, "person");
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
    const input = { TableName: rig.tableName, Item: { ...stored, pk: { S: "exchange" } } };
    const { exchange, signed: signAgain } = bareExchange(rig.endpoint, input);
    const [
      derive = 0,
      make = 0,
      readBack = 0,
      write = 0,
      sign = 0,
      read = 0,
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
        () => writeBody(input),
        signAgain,
        () => readBody("{}"),
        () => readJson(readRequest(event)),
        () => readRequest(event),
        () => authenticateApiKey(authorization, find, now),
        () => validate(body, json),
        () => bare(event, {}),
        () => authenticateApiKey(jwt, find, now),
        verifyBare,
      ],
      { perLoop: quick ? 50 : 5_000 },
    );
    const [whole = 0, exchanged = 0, database = 0] = await cpuOfEach(
      [
        () => deployed.handler(createUserEvent(app.id, authorization, `person-${++person}`), {}),
        exchange,
        () => floor.getOrCreate(`person-${++person}`),
      ],
      { perLoop: quick ? 20 : 500 },
    );
    await served.close();
    await rig.stop();

    const stages = [
      ["parse (event, JSON)", parse],
      ["authenticate (Basic)", authenticate],
      ["validate (body)", validation],
      ["derive the user's id", derive],
      ["make the user and its item, as attribute values", make],
      ["write the request's JSON", write],
      ["hash and sign the request", sign],
      ["the exchange with DynamoDB, by Node.js's HTTP alone", exchanged],
      ["read the answer's JSON", read],
      ["answer (middy, log entry, JSON)", answering - readAlone],
    ] as const;
    const known = stages.reduce((sum, [, time]) => sum + time, 0);
    const rows = [
      ...stages,
      ["everything else: the client's one step, retries, promises, the code between these", whole - known],
      ["**the whole handler**", whole],
      ["the same put through the plain AWS SDK alone (the floor of table 2)", database],
      ["read a user who stands there back, in a loop of its own (an existing user only)", readBack],
    ] as const;
    return [
      "`createUser` of a new user with a profile and metadata, one request at a time. The whole, as the bundle that is deployed, the exchange and the floor are measured by turns; the other stages each in a loop of its own, where they take less than amid everything else of a request: what that makes is part of the rest.",
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
