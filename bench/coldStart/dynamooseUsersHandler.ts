import { dynamooseUsers } from "../getOrCreate/dynamooseUsers.ts";

const users = dynamooseUsers(process.env.DYNAMODB_ENDPOINT ?? "", process.env.TABLE_NAME ?? "");

export const handler = async () => users.getOrCreate("cold-start");
