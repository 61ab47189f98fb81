import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { namesInUserKey } from "../../lib/db/keys.ts";
import { engineEndpoint } from "./engineEndpoint.ts";
import type { TestApp, TestServer } from "./startTestServer.ts";

/** The content of a table, whether or not an operation shows it: for tests alone. */

export type Item = ReturnType<typeof unmarshall>;

/** Reads every item of a table. */
export async function everyItem({
  tableName,
  endpoint = engineEndpoint(),
  region = "local",
}: Pick<TestServer, "tableName"> & Partial<TestServer>): Promise<readonly Item[]> {
  const client = new DynamoDBClient({
    endpoint,
    region,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const items: Item[] = [];
  for await (const page of paginateScan({ client }, { TableName: tableName, ConsistentRead: true }))
    items.push(...(page.Items ?? []).map((item) => unmarshall(item)));
  client.destroy();
  return items;
}

interface UserInTable {
  readonly id: string;
  readonly appId: string;
  readonly clients: readonly { readonly externalId?: string }[];
}

/** Reads every user, the oldest first. */
export async function usersInTable(server: TestServer): Promise<readonly UserInTable[]> {
  return (await everyItem(server))
    .filter((item) => item.kind === "user")
    .sort((a, b) => (a.signedUpAt < b.signedUpAt ? -1 : 1))
    .map(({ pk, clients = "[]" }) => ({ ...namesInUserKey(pk), clients: JSON.parse(clients) }));
}

/** Lists the ids of an app's users, the oldest first. */
export async function userIdsOf(server: TestServer, app: TestApp): Promise<readonly string[]> {
  return (await usersInTable(server)).filter((user) => user.appId === app.id).map((user) => user.id);
}

/** Finds the id of the user that has this id on a channel. */
export async function userIdOnChannel(server: TestServer, person: string): Promise<string | undefined> {
  return (await usersInTable(server)).find(({ clients }) => clients.some((client) => client.externalId === person))?.id;
}

/**
 * Finds the traces of a person in the table: items that hold one of these words, except vacancies and the id of a deleted
 * user that an address keeps (`of`), and records of repeated requests, which name an id and expire by themselves.
 */
export async function tracesOf(server: TestServer, words: readonly string[]): Promise<readonly Item[]> {
  return (await everyItem(server)).filter(
    (item) =>
      item.kind !== "vacancy" &&
      !String(item.pk).startsWith("birth#") &&
      words.some((word) => JSON.stringify({ ...item, of: undefined }).includes(word)),
  );
}
