import { awsSdk } from "../getOrCreate/awsSdk.ts";

const users = awsSdk(process.env.DYNAMODB_ENDPOINT ?? "", process.env.TABLE_NAME ?? "");

export const handler = async ({ externalId = "cold-start" }: { readonly externalId?: string }) =>
  users.getOrCreate(externalId);
