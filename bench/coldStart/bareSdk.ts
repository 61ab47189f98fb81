import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";

const endpoint = process.env.DYNAMODB_ENDPOINT ?? "";
const credentials = { accessKeyId: "local", secretAccessKey: "local" };
const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region: "local", credentials }));

/** A handler with only the AWS SDK's document client, which reads an item. */
export const handler = async () => {
  const { Item } = await client.send(
    new GetCommand({ TableName: process.env.TABLE_NAME, Key: { pk: "nobody", sk: "user" } }),
  );
  return { statusCode: Item ? 200 : 404 };
};
