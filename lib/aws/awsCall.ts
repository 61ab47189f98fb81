import { httpConnections } from "./httpConnections.ts";
import { jsonHeaders, originOf } from "./jsonRequest.ts";
import { requestSigner } from "./signRequest.ts";

/**
 * An error that a service of AWS answers, named as the service names it. Its message is left out, because it may quote
 * the request.
 */
class AwsError extends Error {
  constructor(name: string, status: number) {
    super(`${name} (${status})`);
    this.name = name;
  }
}

const attempts = 3;
const throttled = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/;

/** The connections, made at the first call, since few requests need one. */
let connections: ReturnType<typeof httpConnections> | undefined;
const sign = requestSigner();

/**
 * Calls a service that speaks AWS's JSON protocol, with the credentials and the region of the Lambda: for the one
 * operation that we need of a service. Its client would add 12 to 17 kB to every bundle. The signer and the connections
 * are those of the DynamoDB client. Makes at most three attempts of two seconds each, so the call must be harmless when
 * it is sent twice.
 * @throws AwsError as the service answered, or the error of the connection, after the last attempt
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export async function awsCall(
  service: "secretsmanager" | "sqs",
  call: { readonly endpoint: string; readonly target: string; readonly version: "1.0" | "1.1"; readonly input: object },
): Promise<Record<string, unknown>> {
  for (let attempt = 1; ; attempt++) {
    const answer = await send(service, call).catch((error: Error) => error);
    if (!(answer instanceof Error)) {
      if (answer.status < 300) return answer.body;
      // `com.amazonaws.secretsmanager#ResourceNotFoundException`
      const name = String(answer.body.__type ?? "UnknownError").replace(/^.*#/, "");
      const passing = answer.status >= 500 || answer.status === 429 || throttled.test(name);
      if (!passing || attempt === attempts) throw new AwsError(name, answer.status);
    } else if (attempt === attempts) throw answer;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * 2 ** attempt));
  }
}

async function send(
  service: string,
  { endpoint, target, version, input }: Parameters<typeof awsCall>[1],
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const url = new URL(endpoint);
  const { AWS_REGION = "", AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_SESSION_TOKEN } = process.env;
  const body = JSON.stringify(input);
  const unsigned = jsonHeaders(url, target, version, body);
  const request = { method: "POST", path: "/", headers: unsigned, bodyHash: unsigned["x-amz-content-sha256"] };
  const headers = sign(
    request,
    { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, sessionToken: AWS_SESSION_TOKEN },
    { at: Date.now(), region: AWS_REGION, service },
  );
  connections ??= httpConnections({ connectionTimeout: 1_000, requestTimeout: 2_000 });
  const { response } = await connections.handle({ ...originOf(url), method: "POST", path: "/", headers, body });
  return { status: response.statusCode, body: readJson(response.body.toString()) };
}

/** Reads an answer as JSON. A proxy before the service may answer a page of HTML. */
function readJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
