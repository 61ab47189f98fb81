import { electroDb } from "../getOrCreate/electroDb.ts";

const users = electroDb(process.env.DYNAMODB_ENDPOINT ?? "", process.env.TABLE_NAME ?? "");

export const handler = async () => users.getOrCreate("cold-start");
