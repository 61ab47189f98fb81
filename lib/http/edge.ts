import { createHash, timingSafeEqual } from "node:crypto";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { edge } from "../api/edge.ts";
import { apiError } from "../model/apiError.ts";

type Headers = Readonly<Record<string, string | undefined>>;

/**
 * Finds the address of the person or server that called. Without a distribution before the API it is the connection's
 * own. With one, the stage knows the distribution's secret, and the address is the one that CloudFront saw; no header
 * that a caller sends is believed.
 * @throws ApiError if the stage knows a secret and the request, which passed the distribution by, does not
 */
export function callerAddress(
  { stageVariables, requestContext }: Pick<APIGatewayProxyEventV2, "stageVariables" | "requestContext">,
  headers: Headers,
): string {
  const accepted = stageVariables?.[edge.stageVariable];
  const connection = requestContext.http.sourceIp;
  if (!accepted) return connection;
  const given = headers[edge.header] ?? "";
  if (!accepted.split(",").some((secret) => isSame(secret, given)))
    throw apiError.forbidden("Call this API at its own domain name");
  const viewer = headers[edge.viewerAddress.toLowerCase()];
  // The port stands after the last colon, in IPv6 too, which has no brackets here.
  return viewer?.replace(/:\d{1,5}$/, "") || connection;
}

/** Leaves the distribution's secret out of the headers, so that nothing keeps or forwards it. */
export function withoutEdgeSecret({ [edge.header]: _, ...headers }: Headers): Headers {
  return headers;
}

/** Compares in a time that tells nothing of the secret. */
function isSame(secret: string, given: string): boolean {
  const [one, other] = [secret, given].map((text) => createHash("sha256").update(text).digest());
  return secret !== "" && one !== undefined && other !== undefined && timingSafeEqual(one, other);
}
