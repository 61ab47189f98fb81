import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { fc, test as property } from "@fast-check/vitest";
import { afterAll, describe, expect, test } from "vitest";
import { leanClient } from "../../../lib/db/dynamodb/leanClient.ts";
import { answerJson, errorBody, type Received, startServer } from "../../support/dynamodbServer.ts";

/** What the server answers next. */
let next: { readonly body: object; readonly status?: number } = { body: {} };
const server = await startServer((_received, _index, response) => answerJson(response, next.body, next));
afterAll(() => server[Symbol.asyncDispose]());

const settings = {
  endpoint: server.endpoint,
  region: "eu-west-1",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "session" },
  maxAttempts: 1,
};
const plain = new DynamoDBClient(settings);
const lean = leanClient({ ...settings, requestHandler: { connectionTimeout: 10_000, requestTimeout: 10_000 } });

const TableName = "table";
const Key = marshall({ pk: "p", sk: "s" });
const devices = new Uint8Array([0, 1, 127, 128, 254, 255]);
const text = 'é "quoted" \\ \u2028 \u{1f600} \ud800 </script>';
const Item = marshall({
  ...{ pk: "p", sk: "s", text, devices, empty: "", nothing: null, yes: true, no: false, count: 12.5 },
  ...{ list: [1, "two", devices, { deep: [devices] }], names: new Set(["a", "b"]), parts: new Set([devices]) },
});
const condition = {
  ConditionExpression: "attribute_not_exists(pk) AND #n = :v",
  ExpressionAttributeNames: { "#n": "devices" },
  ExpressionAttributeValues: { ":v": { B: devices } },
  ReturnValuesOnConditionCheckFailure: "ALL_OLD",
} as const;

/** Every command that the table sends, with all that it may say, and two that it may come to send. */
const commands = {
  GetItem: () => new GetItemCommand({ TableName, Key, ConsistentRead: true }),
  BatchGetItem: () => new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [Key], ConsistentRead: true } } }),
  PutItem: () => new PutItemCommand({ TableName, Item, ...condition }),
  UpdateItem: () => new UpdateItemCommand({ TableName, Key, UpdateExpression: "SET #n = :v", ...condition }),
  DeleteItem: () => new DeleteItemCommand({ TableName, Key, ...condition }),
  Query: () =>
    new QueryCommand({
      TableName,
      IndexName: "index",
      KeyConditionExpression: "pk = :pk AND #sk BETWEEN :low AND :high",
      ExpressionAttributeNames: { "#sk": "sk" },
      ExpressionAttributeValues: marshall({ ":pk": "p", ":low": "\u0001", ":high": "\u{10ffff}" }),
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: 3,
      ExclusiveStartKey: Key,
    }),
  BatchWriteItem: () =>
    new BatchWriteItemCommand({
      RequestItems: { [TableName]: [{ PutRequest: { Item } }, { DeleteRequest: { Key } }] },
    }),
  TransactWriteItems: () =>
    new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName, Item, ...condition } },
        { Update: { TableName, Key, UpdateExpression: "SET #n = :v", ...condition } },
        { Delete: { TableName, Key, ...condition } },
      ],
    }),
  Scan: () => new ScanCommand({ TableName, Limit: 1, ...{ ExclusiveStartKey: undefined } }),
  TransactGetItems: () => new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName, Key } }] }),
} as const;
type Command = ReturnType<(typeof commands)[keyof typeof commands]>;

/** What one client sent for a command. */
async function sent(client: DynamoDBClient, command: Command): Promise<Received> {
  await send(client, command);
  return server.received.at(-1) as Received;
}
const send = (client: DynamoDBClient, command: Command): Promise<object> => client.send(command as GetItemCommand);

/** Headers that say what software calls, which ours leave out: AWS's statistics. */
const aboutTheCaller = ["user-agent", "x-amz-user-agent"];
/** Headers that are another with every request. */
const passing = ["amz-sdk-invocation-id", "authorization", "content-length", "x-amz-content-sha256", "x-amz-date"];
const namesOf = ({ headers }: Received) =>
  Object.keys(headers)
    .filter((name) => !aboutTheCaller.includes(name))
    .sort();
const steadyOf = (received: Received) =>
  Object.fromEntries(
    namesOf(received)
      .filter((name) => !passing.includes(name))
      .map((name) => [name, received.headers[name]]),
  );
const signedNames = ({ headers }: Received) =>
  /SignedHeaders=([^,]+)/
    .exec(headers.authorization ?? "")?.[1]
    ?.split(";")
    .filter((name) => !aboutTheCaller.includes(name));
const bodyOf = ({ body }: Received) => {
  const { ClientRequestToken: _, ...rest } = JSON.parse(body);
  return rest;
};

describe.each(Object.entries(commands))("%s", (_name, command) => {
  test("is on the wire what the plain AWS SDK sends: method, path, headers, JSON", async () => {
    next = { body: {} };
    const [ours, theirs] = [await sent(lean, command()), await sent(plain, command())];
    expect([ours.method, ours.path]).toEqual([theirs.method, theirs.path]);
    expect(namesOf(ours)).toEqual(namesOf(theirs));
    expect(steadyOf(ours)).toEqual(steadyOf(theirs));
    expect(signedNames(ours)).toEqual(signedNames(theirs));
    expect(bodyOf(ours)).toEqual(bodyOf(theirs));
    expect(ours.headers["content-length"]).toBe(String(Buffer.byteLength(ours.body)));
  });
});

describe("a transaction", () => {
  const tokenOf = ({ body }: Received) => JSON.parse(body).ClientRequestToken;

  test("has a token of its own with every call", async () => {
    next = { body: {} };
    const tokens = [
      tokenOf(await sent(lean, commands.TransactWriteItems())),
      tokenOf(await sent(lean, commands.TransactWriteItems())),
    ];
    for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(new Set(tokens).size).toBe(2);
  });

  test("keeps the token that the caller gives it", async () => {
    const command = new TransactWriteItemsCommand({ TransactItems: [], ClientRequestToken: "given" });
    expect(tokenOf(await sent(lean, command))).toBe("given");
  });
});

describe("what DynamoDB answers", () => {
  const value: fc.Arbitrary<object> = fc.letrec<{ value: object }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.record({ S: fc.string({ unit: "grapheme" }) }),
      fc.record({ N: fc.integer().map(String) }),
      fc.record({ B: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString("base64")) }),
      fc.record({ BS: fc.array(fc.constantFrom("AA==", "AQI="), { minLength: 1 }) }),
      fc.record({ SS: fc.array(fc.string(), { minLength: 1 }) }),
      fc.record({ BOOL: fc.boolean() }),
      fc.record({ NULL: fc.constant(true) }),
      fc.record({ L: fc.array(tie("value"), { maxLength: 3 }) }),
      fc.record({ M: fc.dictionary(fc.constantFrom("B", "BS", "S", "a"), tie("value"), { maxKeys: 3 }) }),
    ),
  })).value;
  const item = fc.dictionary(fc.constantFrom("pk", "B", "BS", "M", "devices"), value, { maxKeys: 4 });

  property.prop([item, item])("is read as the plain AWS SDK reads it", async (one, other) => {
    next = {
      body: { Items: [one, other], Item: one, Responses: { [TableName]: [other] }, LastEvaluatedKey: one, Count: 2 },
    };
    for (const command of [commands.GetItem, commands.Query, commands.BatchGetItem]) {
      const ours: Record<string, unknown> = { ...(await send(lean, command())) };
      const theirs: Record<string, unknown> = { ...(await send(plain, command())) };
      for (const [member, read] of Object.entries(theirs).filter(([name]) => name !== "$metadata"))
        expect(ours[member]).toEqual(read);
    }
  });

  /** What a program can tell of an error. */
  const told = async (client: DynamoDBClient, command: Command) => {
    const error = await send(client, command).then(
      () => undefined,
      (thrown: DynamoDBServiceException) => thrown,
    );
    if (!(error instanceof DynamoDBServiceException)) throw new Error("That was no error of DynamoDB's.");
    const { name, message, $fault, $metadata, $response, ...more } = error;
    const { httpStatusCode, requestId, attempts } = $metadata;
    return { name, message, $fault, httpStatusCode, requestId, attempts, more, status: $response?.statusCode };
  };

  test.each([
    [400, errorBody("ConditionalCheckFailedException")],
    [400, errorBody("ConditionalCheckFailedException", { Item: { pk: { S: "p" }, devices: { B: "AAEC" } } })],
    [400, errorBody("TransactionConflictException")],
    [400, errorBody("ResourceNotFoundException")],
    [400, errorBody("ProvisionedThroughputExceededException")],
    [400, { __type: "com.amazon.coral.validate#ValidationException", message: "Lower case" }],
    [400, { __type: "com.amazonaws.dynamodb#ValidationException", Message: "Upper case" }],
    [400, { __type: "com.amazonaws.dynamodb#ValidationException:http://internal.amazon.com/#x", message: "Ending" }],
    [
      400,
      errorBody("TransactionCanceledException", {
        CancellationReasons: [
          { Code: "ConditionalCheckFailed", Message: "No", Item: { pk: { S: "p" }, devices: { B: "AAEC" } } },
          { Code: "None" },
        ],
      }),
    ],
    [500, errorBody("InternalServerError")],
    [503, {}],
  ])("is the plain AWS SDK's error: %i %j", async (status, body) => {
    next = { body, status };
    expect(await told(lean, commands.PutItem())).toEqual(await told(plain, commands.PutItem()));
  });

  test("is told apart by the classes of the AWS SDK's errors", async () => {
    next = { status: 400, body: errorBody("ConditionalCheckFailedException", { Item: { devices: { B: "AAEC" } } }) };
    const failed = await send(lean, commands.PutItem()).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ConditionalCheckFailedException);
    expect(failed).not.toBeInstanceOf(TransactionCanceledException);
    expect((failed as ConditionalCheckFailedException).Item?.devices).toEqual({ B: new Uint8Array([0, 1, 2]) });
  });
});

test("a command on tables takes the AWS SDK's own steps, over the same connections", async () => {
  next = { body: { TableNames: ["one"] } };
  expect(await lean.send(new ListTablesCommand({}))).toMatchObject({ TableNames: ["one"] });
  expect(server.received.at(-1)?.headers["user-agent"]).toContain("aws-sdk-js");
});
