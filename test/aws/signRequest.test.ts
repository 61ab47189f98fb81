import { createHash } from "node:crypto";
import { fc, test as property } from "@fast-check/vitest";
import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/transport";
import { SignatureV4 } from "@smithy/signature-v4";
import { describe, expect, test } from "vitest";
import { requestSigner, sha256 } from "../../lib/aws/signRequest.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const scope = { at: Date.parse("2015-08-30T12:36:00Z"), region: "us-east-1", service: "service" };
const host = "example.amazonaws.com";
const form = {
  host,
  "content-length": "13",
  "content-type": "application/x-www-form-urlencoded",
  "x-amz-content-sha256": "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
};
const sessionTokens = {
  "get-vanilla-with-session-token": "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
  "post-sts-header-before":
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==",
} as Readonly<Record<string, string>>;

/**
 * AWS's published vectors for requests without a query: name, method, path, headers, body, signature.
 *
 * @see https://github.com/awslabs/aws-c-auth/tree/main/tests/aws-signing-test-suite/v4
 */
const vectors = [
  ["post-vanilla", "POST", "/", { host }, "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
  [
    "post-header-key-sort",
    "POST",
    "/",
    { host, "my-header1": "value1" },
    "",
    "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
  ],
  [
    "post-header-value-case",
    "POST",
    "/",
    { host, "my-header1": "VALUE1" },
    "",
    "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
  ],
  [
    "post-x-www-form-urlencoded",
    "POST",
    "/",
    form,
    "Param1=value1",
    "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
  ],
  [
    "post-x-www-form-urlencoded-parameters",
    "POST",
    "/",
    { ...form, "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    "Param1=value1",
    "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422",
  ],
  [
    "post-sts-header-before",
    "POST",
    "/",
    { host },
    "",
    "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
  ],
  [
    "get-vanilla-with-session-token",
    "GET",
    "/",
    { host },
    "",
    "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
  ],
  [
    "get-header-value-trim",
    "GET",
    "/",
    { host, "my-header1": " value1", "my-header2": ' "a   b   c"' },
    "",
    "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
  ],
  [
    "get-header-value-order",
    "GET",
    "/",
    { host, "my-header1": "value4,value1,value3,value2" },
    "",
    "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
  ],
  ["get-utf8", "GET", "/%E1%88%B4", { host }, "", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"],
] as const;

describe("a signature", () => {
  test.each(vectors)("is AWS's own of %s", (name, method, path, ...[headers, body, signature]) => {
    const sessionToken = sessionTokens[name];
    const signed = requestSigner()(
      { method, path, headers, bodyHash: sha256(body) },
      { ...credentials, sessionToken },
      scope,
    );
    const names = [...Object.keys(headers), "x-amz-date", ...(sessionToken ? ["x-amz-security-token"] : [])].sort();
    expect(signed).toEqual({
      ...headers,
      "x-amz-date": "20150830T123600Z",
      ...(sessionToken ? { "x-amz-security-token": sessionToken } : {}),
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names.join(";")}, Signature=${signature}`,
    });
  });

  const sign = requestSigner();
  const text = fc.string({ unit: fc.constantFrom(..."aZ09 -_.~/+=:;,\"'{}é\u{1f600}"), maxLength: 90 });
  const headerValue = fc.string({ unit: fc.constantFrom(..."aZ09  -_.~/+=:;,\"'"), maxLength: 40 });
  const key = fc.string({ unit: fc.constantFrom(..."aZ09/+"), minLength: 1, maxLength: 100 });

  property.prop(
    [
      text,
      fc.dictionary(fc.stringMatching(/^x-[a-z0-9]{1,12}$/), headerValue, { maxKeys: 5 }),
      fc.record({ accessKeyId: key, secretAccessKey: key, sessionToken: fc.option(key, { nil: undefined }) }),
      fc.date({ min: new Date("2000-01-01"), max: new Date("2099-01-01"), noInvalidDate: true }),
      fc.constantFrom("us-east-1", "eu-west-1", "local"),
    ],
    { numRuns: 300 },
  )("of any request is the AWS SDK's own", async (body, extra, caller, ...[date, region]) => {
    const headers = { ...extra, host, "x-amz-content-sha256": createHash("sha256").update(body).digest("hex") };
    const signer = new SignatureV4({ service: "dynamodb", region, sha256: Sha256, credentials: caller });
    const request = new HttpRequest({ protocol: "https:", hostname: host, method: "POST", path: "/", headers, body });
    const { headers: theirs } = await signer.sign(request, { signingDate: date });
    const at = date.getTime();
    const ours = sign({ method: "POST", path: "/", headers, bodyHash: sha256(body) }, caller, {
      at,
      region,
      service: "dynamodb",
    });
    expect(ours).toEqual(theirs);
  });

  test("is made by the key of the credentials, the day and the region that it is asked for, whatever it was made by before", () => {
    const kept = requestSigner();
    const request = { method: "POST", path: "/", headers: { host }, bodyHash: sha256("") };
    const asked = [
      [credentials, scope],
      [{ ...credentials, secretAccessKey: "another" }, scope],
      [credentials, { ...scope, at: scope.at + 86_400_000 }],
      [credentials, { ...scope, region: "eu-west-1" }],
      [credentials, { ...scope, service: "sqs" }],
      [credentials, scope],
    ] as const;
    const anew = asked.map(([caller, where]) => requestSigner()(request, caller, where).authorization);
    expect(asked.map(([caller, where]) => kept(request, caller, where).authorization)).toEqual(anew);
    expect(new Set(anew).size).toBe(5);
  });
});
