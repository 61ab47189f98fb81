import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { leanClient } from "../../../lib/db/dynamodb/leanClient.ts";
import { openConnections } from "../../../lib/db/dynamodb/openConnections.ts";
import { answerJson, startServer } from "../../support/dynamodbServer.ts";

const requestHandler = { connectionTimeout: 5_000, requestTimeout: 20_000 };
const settings = { region: "eu-west-1", credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" } };

const fail = (): string => {
  throw new Error("no region");
};

test("connections are opened once for every client, and a client's first call goes over its own", async () => {
  await using one = await startServer((_received, _index, response) => answerJson(response, {}));
  await using other = await startServer((_received, _index, response) => void response.writeHead(400).end("no"));
  const clients = [one, other].map(({ endpoint }) => leanClient({ ...settings, endpoint, requestHandler }));
  await openConnections();
  expect([one, other].map(({ received }) => received.map(({ method }) => method))).toEqual([["GET"], ["GET"]]);
  await clients[0]?.send(new GetItemCommand({ TableName: "table", Key: {} }));
  expect([one, other].map(({ connections }) => connections())).toEqual([1, 1]);
});

test("a connection that cannot be opened stops nothing", async () => {
  leanClient({ ...settings, endpoint: "http://127.0.0.1:1", requestHandler });
  leanClient({ ...settings, region: async () => fail(), requestHandler });
  await expect(openConnections()).resolves.toBeUndefined();
});
