import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  ReplicatedWriteConflictException,
  TransactionCanceledException,
  TransactionConflictException,
} from "@aws-sdk/client-dynamodb";
import { withoutStack } from "../../model/values/withoutStack.ts";
import { readBody } from "./itemJson.ts";

/** The metadata that the AWS SDK puts on every answer and error. */
export interface Metadata {
  readonly httpStatusCode: number;
  readonly requestId: string | undefined;
}

/** The errors that are told apart by their class, or that their class declares retryable. */
const classes = {
  ConditionalCheckFailedException,
  ReplicatedWriteConflictException,
  TransactionCanceledException,
  TransactionConflictException,
};

/** The error that is no fault but the answer of a conditional write. */
const expected = "ConditionalCheckFailedException";

/**
 * Makes the AWS SDK's own error of an unsuccessful answer: of its class if `classes` holds it, else a
 * `DynamoDBServiceException` of its name, by which the SDK's retry strategy decides. Takes the place of the SDK's
 * deserializer of errors, which reads them by schemas. A proxy before DynamoDB may answer something other than JSON.
 */
export function serviceError($metadata: Metadata, text: string): DynamoDBServiceException {
  const { message, Message, ...fields } = readFields(text);
  // `com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException`, to which a proxy may add `:http://…`.
  const [type = ""] = String(fields.__type ?? "Unknown").split(/[,:]/, 1);
  const name = type.slice(type.lastIndexOf("#") + 1);
  const options = { name, $metadata, message: String(message ?? Message ?? "UnknownError") };
  const Class = Object.hasOwn(classes, name) ? classes[name as keyof typeof classes] : undefined;
  const $fault = $metadata.httpStatusCode < 500 ? "client" : "server";
  const make = () => (Class ? new Class(options) : new DynamoDBServiceException({ ...options, $fault }));
  const error = name === expected ? withoutStack(make) : make();
  const missing = Object.entries(fields).filter(([field]) => error[field as keyof typeof error] === undefined);
  return Object.assign(error, Object.fromEntries(missing));
}

function readFields(text: string): Record<string, unknown> {
  try {
    return readBody(text);
  } catch {
    return {};
  }
}
