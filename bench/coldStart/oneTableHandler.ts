import { oneTable } from "../getOrCreate/oneTable.ts";

const users = oneTable(process.env.DYNAMODB_ENDPOINT ?? "", process.env.TABLE_NAME ?? "");

export const handler = async () => users.getOrCreate("cold-start");
