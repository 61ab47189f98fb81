import { type Cloud, call } from "./cloud.ts";

/** Calls an operation of SQS. */
export const sqs = <Body = Readonly<Record<string, unknown>>>(
  cloud: Cloud,
  operation: string,
  input: object,
): Promise<Body> => call<Body>(cloud, "sqs", `AmazonSQS.${operation}`, input);

/** Finds the URL of a queue of the stack, by the construct's path without slashes. */
export async function queueNamed(cloud: Cloud, path: string): Promise<string> {
  const { QueueUrls } = await sqs<{ QueueUrls: readonly string[] }>(cloud, "ListQueues", {});
  const found = QueueUrls.find((url) => new RegExp(`-${path}[0-9A-F]{8}`).test(url));
  if (found === undefined) throw new Error(`There is no queue ${path}.`);
  return found;
}

/** Reads attributes of a queue. */
export async function attributesOf(
  cloud: Cloud,
  QueueUrl: string,
  ...names: readonly string[]
): Promise<Readonly<Record<string, string>>> {
  const { Attributes } = await sqs<{ Attributes: Readonly<Record<string, string>> }>(cloud, "GetQueueAttributes", {
    QueueUrl,
    AttributeNames: names,
  });
  return Attributes;
}

/** Counts the messages in a queue, those that a worker holds and those that are not due yet included. */
export async function countIn(cloud: Cloud, QueueUrl: string): Promise<number> {
  const names = ["", "NotVisible", "Delayed"].map((state) => `ApproximateNumberOfMessages${state}`);
  const counts = await attributesOf(cloud, QueueUrl, ...names);
  return names.reduce((sum, name) => sum + Number(counts[name]), 0);
}

/** Reads the bodies of up to ten messages of a queue, which then are out of sight for a while. */
export async function bodiesIn(cloud: Cloud, QueueUrl: string): Promise<readonly string[]> {
  const { Messages = [] } = await sqs<{ Messages?: readonly { readonly Body: string }[] }>(cloud, "ReceiveMessage", {
    QueueUrl,
    MaxNumberOfMessages: 10,
  });
  return Messages.map(({ Body }) => Body);
}
