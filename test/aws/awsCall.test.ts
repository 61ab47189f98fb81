import { createHash, createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { awsCall } from "../../lib/aws/awsCall.ts";
import { type AwsAnswer, type AwsCall, type AwsService, startAwsService } from "../support/startAwsService.ts";

const secretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
let service: AwsService;

beforeEach(() => {
  vi.stubEnv("AWS_REGION", "eu-west-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretKey);
  vi.stubEnv("AWS_SESSION_TOKEN", "session");
});
afterEach(() => {
  vi.unstubAllEnvs();
  service.close();
});

/** Calls a service that gives these answers, one after the other. */
async function callOf(...answers: readonly AwsAnswer[]) {
  service = await startAwsService((_, index) => answers[index] ?? { body: {} });
  const { endpoint } = service;
  return awsCall("sqs", { endpoint, target: "AmazonSQS.SendMessage", version: "1.0", input: { MessageBody: "é" } });
}

/** The signature that AWS computes of a call. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function signatureOf({ headers, text }: AwsCall): string {
  const sha256 = (value: string) => createHash("sha256").update(value).digest("hex");
  const hmac = (key: string | Buffer, value: string) => createHmac("sha256", key).update(value).digest();
  const [, scope = "", names = ""] =
    /Credential=AKIAIOSFODNN7EXAMPLE\/(\S+), SignedHeaders=(\S+),/.exec(headers.authorization ?? "") ?? [];
  const canonical = [
    "POST",
    "/",
    "",
    ...names.split(";").map((name) => `${name}:${headers[name]}`),
    "",
    names,
    sha256(text),
  ].join("\n");
  const signed = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(canonical)].join("\n");
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${secretKey}`);
  return createHmac("sha256", key).update(signed).digest("hex");
}

describe("a call of an AWS service", () => {
  test("says what it wants and is answered what the service answers", async () => {
    await expect(callOf({ body: { MessageId: "1" } })).resolves.toEqual({ MessageId: "1" });
    expect(service.calls).toMatchObject([
      {
        target: "AmazonSQS.SendMessage",
        input: { MessageBody: "é" },
        headers: { "content-type": "application/x-amz-json-1.0" },
      },
    ]);
  });

  test("is signed with the Lambda's credentials for its region, over everything that matters", async () => {
    await callOf({ body: {} });
    const [call] = service.calls as [AwsCall];
    const { authorization = "" } = call.headers;
    expect(authorization).toMatch(/\/eu-west-1\/sqs\/aws4_request, /);
    for (const header of ["host", "x-amz-date", "x-amz-security-token", "x-amz-target", "content-type"])
      expect(authorization.split("SignedHeaders=")[1]?.split(",")[0]?.split(";")).toContain(header);
    expect(authorization.split("Signature=")[1]).toBe(signatureOf(call));
  });

  test.each<[string, AwsAnswer]>([
    ["a broken connection", "reset"],
    ["silence", "silence"],
    ["an error of the service's own", { status: 500, body: { __type: "InternalServiceError" } }],
    ["throttling", { status: 400, body: { __type: "com.amazonaws.sqs#ThrottlingException" } }],
    ["throttling that is told by the status", { status: 429, body: { __type: "Busy" } }],
  ])("is made again after %s", async (_, answer) => {
    await expect(callOf(answer, { body: { MessageId: "2" } })).resolves.toEqual({ MessageId: "2" });
    expect(service.calls.length).toBe(2);
  });

  test("is given up at the third failure, with the service's name for it", async () => {
    const failing: AwsAnswer = { status: 503, body: { __type: "ServiceUnavailable" } };
    await expect(callOf(failing, failing, failing)).rejects.toMatchObject({ name: "ServiceUnavailable" });
    expect(service.calls.length).toBe(3);
  });

  test("has failed with every status that is no success", async () => {
    await expect(callOf({ status: 300, body: {} })).rejects.toMatchObject({ message: "UnknownError (300)" });
  });

  test("is given up at the third broken connection", async () => {
    await expect(callOf("reset", "reset", "reset")).rejects.toThrow();
    expect(service.calls.length).toBe(3);
  });

  test("is not made again when it was refused, and what was sent is not in the error", async () => {
    const refusal = { __type: "com.amazonaws.sqs#InvalidMessageContents", message: "é is not allowed" };
    const error = await callOf({ status: 400, body: refusal }).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: "InvalidMessageContents", message: "InvalidMessageContents (400)" });
    expect(service.calls.length).toBe(1);
  });

  test("has failed where the answer is of no form that the service has, such as a page of HTML", async () => {
    const page = createServer((_, response) => response.writeHead(403).end("<html></html>"));
    await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
    // A server that listens on a port has an address of this form.
    const { port } = page.address() as AddressInfo;
    const call = { endpoint: `http://127.0.0.1:${port}`, target: "T", version: "1.1", input: {} } as const;
    await expect(awsCall("secretsmanager", call)).rejects.toMatchObject({ message: "UnknownError (403)" });
    page.close();
  });
});
