import { type Cloud, call, request } from "./cloud.ts";

/** Lists the names of resources of one kind. */
type List = (cloud: Cloud) => Promise<readonly string[]>;

type Page = Readonly<Record<string, unknown>>;

/** Reads the names on every page of a list, under which each answer says how to ask for the next. */
async function everyPage(
  list: string,
  name: string | undefined,
  ask: (from: string | undefined) => Promise<Page>,
): Promise<readonly string[]> {
  const names: string[] = [];
  let from: string | undefined;
  do {
    const page = await ask(from);
    // The service's own form: a list of names, or of objects that have one.
    const entries = (page[list] ?? []) as readonly (string | Readonly<Record<string, string>>)[];
    names.push(...entries.map((one) => (typeof one === "string" ? one : (one[name ?? ""] ?? ""))));
    from = [page.nextToken, page.NextToken, page.NextMarker].map((next) => next || undefined).find(isText);
  } while (from !== undefined);
  return names;
}

const isText = (value: unknown): value is string => typeof value === "string";

/** Lists by an operation that speaks JSON, of whose answer a list has the names, by themselves or under a key. */
const listed =
  (service: string, target: string, list: string, name?: string): List =>
  (cloud) =>
    everyPage(list, name, (nextToken) => call(cloud, service, target, nextToken === undefined ? {} : { nextToken }));

/** Lists by a path whose answer is JSON. */
const read =
  (service: string, path: string, list: string, name: string): List =>
  (cloud) =>
    everyPage(list, name, async (marker) =>
      JSON.parse(await request(cloud, service, `GET ${path}${marker === undefined ? "" : `?Marker=${marker}`}`)),
    );

/** Lists by a query or path whose answer is XML. */
const found =
  (service: string, target: string, element: string): List =>
  async (cloud) =>
    [...(await request(cloud, service, target)).matchAll(new RegExp(`<${element}>([^<]+)</${element}>`, "g"))].map(
      ([, name = ""]) => name,
    );

/** Every kind of resource that the stack makes, but parts of others, such as a stage of an API. */
const kinds: Readonly<Record<string, List>> = {
  api: read("apigateway", "/v2/apis", "items", "name"),
  alarm: found("monitoring", "POST /?Action=DescribeAlarms&Version=2010-08-01", "AlarmName"),
  bucket: found("s3", "GET /", "Name"),
  dashboard: found("monitoring", "POST /?Action=ListDashboards&Version=2010-08-01", "DashboardName"),
  distribution: found("cloudfront", "GET /2020-05-31/distribution", "Id"),
  key: listed("kms", "TrentService.ListKeys", "Keys", "KeyId"),
  lambda: read("lambda", "/2015-03-31/functions/", "Functions", "FunctionName"),
  logGroup: listed("logs", "Logs_20140328.DescribeLogGroups", "logGroups", "logGroupName"),
  queue: listed("sqs", "AmazonSQS.ListQueues", "QueueUrls"),
  role: found("iam", "POST /?Action=ListRoles&Version=2010-05-08&MaxItems=1000", "RoleName"),
  rule: listed("events", "AWSEvents.ListRules", "Rules", "Name"),
  secret: listed("secretsmanager", "secretsmanager.ListSecrets", "SecretList", "Name"),
  source: read("lambda", "/2015-03-31/event-source-mappings/", "EventSourceMappings", "UUID"),
  stack: found("cloudformation", "POST /?Action=DescribeStacks&Version=2010-05-15", "StackName"),
  table: listed("dynamodb", "DynamoDB_20120810.ListTables", "TableNames"),
  topic: found("sns", "POST /?Action=ListTopics&Version=2010-03-31", "TopicArn"),
};

/** What the CDK's bootstrap makes in an account, once for all stacks. */
const isOfBootstrap = (name: string): boolean => /^(cdk-hnb659fds-|CDKToolkit)/.test(name);

/** Lists what is in the account besides the CDK's bootstrap, each as `kind name`. */
export async function leftovers(cloud: Cloud): Promise<readonly string[]> {
  const lists = Object.entries(kinds).map(async ([kind, list]) =>
    (await list(cloud)).filter((name) => !isOfBootstrap(name)).map((name) => `${kind} ${name}`),
  );
  return (await Promise.all(lists)).flat();
}
