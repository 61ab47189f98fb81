import type { DynamoDBRecord } from "aws-lambda";
import type { TableControl } from "../lib/local/control/controlCalls.ts";

/**
 * What the test-control API does to the table. All of it is imported when it is needed, since the runtime reads the
 * environment when it is imported.
 */
export const tableControl: TableControl = {
  async showEvents(records: readonly DynamoDBRecord[]) {
    const { shownEvents } = await import("../lib/testControl/shownEvents.ts");
    return shownEvents(await runtime(), records);
  },
  use: async (tableName) => (await inUse()).useTable(await runtime(), tableName),
  forget: async () => (await inUse()).forgetRead(await runtime()),
  deleteKey: async (appId, keyId) => (await inUse()).revokeKey(await runtime(), appId, keyId),
  deleteExpired: async () => (await expiring()).deleteExpired(await runtime()),
  expireMessages: async (appId, conversationId) =>
    (await expiring()).expireMessages(await runtime(), appId, conversationId),
  endSessions: async (appId, userId) => (await expiring()).endSessions(await runtime(), appId, userId),
};

/** The runtime of which every part that is used here is the same in all functions. */
const runtime = async () => (await import("../lib/runtime.ts")).sdkRuntime;
const inUse = () => import("../lib/testControl/tableInUse.ts");
const expiring = () => import("../lib/testControl/expireThings.ts");
