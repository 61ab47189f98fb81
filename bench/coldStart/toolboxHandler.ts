import { toolbox } from "../getOrCreate/toolbox.ts";

const users = toolbox(process.env.DYNAMODB_ENDPOINT ?? "", process.env.TABLE_NAME ?? "");

export const handler = async () => users.getOrCreate("cold-start");
