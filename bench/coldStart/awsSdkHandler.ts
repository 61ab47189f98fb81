import { awsSdk } from "../getOrCreate/awsSdk.ts";

const users = awsSdk(process.env.DYNAMODB_ENDPOINT ?? "", process.env.TABLE_NAME ?? "");

export const handler = async () => users.getOrCreate("cold-start");
