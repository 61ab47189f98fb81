import { httpConnections } from "../aws/httpConnections.ts";
import { jsonHeaders, originOf } from "../aws/jsonRequest.ts";
import { requestSigner } from "../aws/signRequest.ts";
import { engineAccess } from "../model/engineEndpoint.ts";

/** An error that an engine answers, by its name. */
export class EngineError extends Error {
  constructor(name: string, status: number) {
    super(`The engine answers ${name} (${status}).`);
    this.name = name;
  }
}

/**
 * Opens an engine for calls in DynamoDB's JSON, such as `DynamoDB_20120810.CreateTable`. The server makes a few of them
 * before it is ready, and loading the AWS SDK takes longer than all else that it does until then.
 *
 * @param address the endpoint, with the access key as its user name
 * @param requestTimeout milliseconds
 */
export function engineApi(address: string, requestTimeout = 10_000) {
  const { endpoint, region, credentials } = engineAccess(address);
  const url = new URL(endpoint);
  const sign = requestSigner();
  const connections = httpConnections({ connectionTimeout: 3_000, requestTimeout });
  return {
    /** Makes a call; its answer's form is the caller's claim. @throws EngineError if the engine refuses it */
    async call<Answer>(target: string, input: object): Promise<Answer> {
      const body = JSON.stringify(input);
      const unsigned = jsonHeaders(url, target, "1.0", body);
      const signable = { method: "POST", path: "/", headers: unsigned, bodyHash: unsigned["x-amz-content-sha256"] };
      const headers = sign(signable, credentials, { at: Date.now(), region, service: "dynamodb" });
      const { response } = await connections.handle({ ...originOf(url), method: "POST", path: "/", headers, body });
      const answer = JSON.parse(response.body.toString());
      if (response.statusCode < 300) return answer;
      throw new EngineError(String(answer.__type ?? "UnknownError").replace(/^.*#/, ""), response.statusCode);
    },
    close: () => connections.destroy(),
  };
}
