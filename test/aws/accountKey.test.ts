import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { accountKeySource } from "../../lib/aws/accountKey.ts";
import { type AwsAnswer, type AwsService, startAwsService } from "../support/startAwsService.ts";

const pair = (name: string) => ({ id: `act_${name}`, secret: `secret of ${name}` });
const found = (name: string) => ({ ...pair(name), scope: "account", displayName: "Account key" });

describe("an account key that is given plainly", () => {
  test("is found by its id for ever, and no other is", async () => {
    let time = 0;
    const find = accountKeySource(pair("given"), () => new Date(time));
    expect(await find("act_given")).toEqual(found("given"));
    expect(await find("act_other")).toBeUndefined();
    time = 1e12;
    expect(await find("act_given")).toEqual(found("given"));
  });
});

describe("an account key that Secrets Manager keeps", () => {
  let service: AwsService;
  let secret: object;
  let time: number;
  const source = () => accountKeySource({ arn: "arn:secret" }, () => new Date(time));
  beforeEach(async () => {
    time = 0;
    service = await startAwsService((): AwsAnswer => ({ body: { SecretString: JSON.stringify(secret) } }));
    vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", service.endpoint);
    vi.stubEnv("AWS_REGION", "eu-west-1");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    service.close();
  });

  test("is read when it is first needed, and once a minute", async () => {
    secret = pair("one");
    const find = source();
    expect(service.calls).toHaveLength(0);
    for (time of [0, 59_999]) expect(await find("act_one")).toEqual(found("one"));
    expect(service.calls).toMatchObject([
      {
        target: "secretsmanager.GetSecretValue",
        input: { SecretId: "arn:secret" },
        headers: {
          "content-type": "application/x-amz-json-1.1",
          authorization: expect.stringContaining("/secretsmanager/"),
        },
      },
    ]);
    secret = pair("two");
    time = 60_000;
    expect(await find("act_one")).toBeUndefined();
    expect(await find("act_two")).toEqual(found("two"));
    expect(service.calls).toHaveLength(2);
  });

  test("is as good as the one before it while a rotation lasts", async () => {
    secret = { ...pair("two"), previous: pair("one") };
    const find = source();
    expect(await find("act_one")).toEqual(found("one"));
    expect(await find("act_two")).toEqual(found("two"));
    // The same id with another secret: the present one counts.
    secret = { ...pair("two"), previous: { ...pair("two"), secret: "old" } };
    expect(await source()("act_two")).toEqual(found("two"));
  });
});
