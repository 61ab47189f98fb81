import { sha256 } from "./signRequest.ts";

/** Picks the part of a URL to which a connection is made. */
export const originOf = ({ protocol, hostname, port }: URL) => ({
  protocol,
  hostname,
  ...(port === "" ? {} : { port: Number(port) }),
});

/**
 * Writes the headers of a call in AWS's JSON protocol, all of which are signed.
 * @param target the service's version and the operation, `DynamoDB_20120810.PutItem`
 * @param version of the protocol that the service speaks
 */
export const jsonHeaders = ({ host }: URL, target: string, version: "1.0" | "1.1", body: string) => ({
  "content-length": String(Buffer.byteLength(body)),
  "content-type": `application/x-amz-json-${version}`,
  host,
  "x-amz-content-sha256": sha256(body),
  "x-amz-target": target,
});
