/** An AWS account in which the stack is deployed: MiniStack's, on this machine. */
export interface Cloud {
  /** The address of every service. */
  readonly endpoint: string;
  /** A directory of this run. */
  readonly directory: string;
}

/** The stack's outputs, as its user reads them. */
export interface Outputs {
  readonly ApiUrl: string;
  readonly SdkUrl: string;
  readonly TableName: string;
  readonly AccountKeyArn: string;
}

export const region = "us-east-1";
export const accountId = "000000000000";

/** Any key is taken. */
const credentials = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };

/** Makes the environment of a program that shall find this cloud, and in no case a real account. */
export function environmentOf({ endpoint, directory }: Cloud): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS|CDK)_/.test(name));
  return {
    ...Object.fromEntries(own),
    ...credentials,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: `${directory}/none`,
    AWS_SHARED_CREDENTIALS_FILE: `${directory}/none`,
    CDK_DISABLE_CLI_TELEMETRY: "true",
    // Where the CDK keeps what it remembers of accounts.
    CDK_HOME: directory,
  };
}

type Answer = Readonly<Record<string, unknown>>;

/** MiniStack reads region and service from a signature and does not check it. */
const signed = (service: string): Record<string, string> => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

/** Calls an operation of a service that speaks JSON, e.g. `AmazonSQS.SendMessage` of `sqs`. */
export async function call<Body = Answer>(cloud: Cloud, service: string, target: string, input: object): Promise<Body> {
  const response = await fetch(cloud.endpoint, {
    method: "POST",
    headers: { ...signed(service), "x-amz-target": target, "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify(input),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${target} was answered ${response.status}: ${text}`);
  // The caller claims the type that it expects.
  return (text === "" ? {} : JSON.parse(text)) as Body;
}

/** Calls a service by method and path, and answers the text. */
export async function request(cloud: Cloud, service: string, target: string, input?: object): Promise<string> {
  const [method = "", path = ""] = target.split(" ");
  const response = await fetch(cloud.endpoint + path, {
    method,
    headers: { ...signed(service), ...(input && { "content-type": "application/json" }) },
    ...(input && { body: JSON.stringify(input) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${target} was answered ${response.status}: ${text}`);
  return text;
}
