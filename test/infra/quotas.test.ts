import { describe, expect, test } from "vitest";
import { groupOf } from "../../lib/infra/operationGroup.ts";
import { synthesize } from "./synthesize.ts";

/**
 * AWS's quotas, and how far the production stage is from them. It has room for three times today's operations, with a
 * Lambda, a role and a log for each.
 */

const room = 3;
const prod = synthesize();
const [outer, ...groups] = [...prod.templates];
const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const resourcesOf = (template: object): number =>
  Object.keys(("Resources" in template && template.Resources) || {}).length;

describe("CloudFormation", () => {
  test.each(groups)("takes the nested stack %s with three times its resources: 500 are the most", (_name, template) => {
    expect(resourcesOf(template) * room).toBeLessThanOrEqual(500);
  });

  test("takes the stack around them, which grows by workers and settings, with twice its resources", () => {
    expect(resourcesOf(outer?.[1] ?? {}) * 2).toBeLessThanOrEqual(500);
  });

  test("takes all nested stacks together: 2500 resources are the most in one operation", () => {
    const all = [...prod.templates.values()].reduce((sum, template) => sum + resourcesOf(template), 0);
    expect(all * room).toBeLessThanOrEqual(2_500);
  });

  test("takes every template at three times its length: 1 MB is the most", () => {
    for (const template of prod.templates.values()) expect(sizeOf(template) * room).toBeLessThanOrEqual(1_000_000);
  });

  test("takes what nested stacks are handed: 200 parameters are the most", () => {
    for (const [, template] of groups)
      expect(Object.keys(("Parameters" in template && template.Parameters) || {}).length).toBeLessThanOrEqual(50);
  });
});

describe("API Gateway", () => {
  test("takes three times the integrations: 300 are the most, which AWS does not raise", () => {
    expect(prod.of("AWS::ApiGatewayV2::Integration").length * room).toBeLessThanOrEqual(300);
  });

  test("takes three times the routes: 300 are the most unless raised", () => {
    expect(prod.of("AWS::ApiGatewayV2::Route").length * room).toBeLessThanOrEqual(300);
  });
});

describe("policies and settings", () => {
  test("of a role have 10240 characters at most", () => {
    for (const { Properties } of prod.of("AWS::IAM::Role"))
      expect(sizeOf(Properties.Policies ?? []) * 2).toBeLessThanOrEqual(10_240);
  });

  test("of a Lambda are one statement of about 500 bytes for each caller: 20 kB are the most", () => {
    const permissions = prod
      .of("AWS::Lambda::Permission")
      .map(({ Properties }) => JSON.stringify(Properties.FunctionName));
    const most = Math.max(...permissions.map((name) => permissions.filter((other) => other === name).length));
    expect(most).toBeLessThanOrEqual(5);
  });

  test("in a Lambda's environment have 4 kB at most", () => {
    for (const { Properties } of prod.of("AWS::Lambda::Function"))
      expect(sizeOf(Properties.Environment) * 2).toBeLessThanOrEqual(4_096);
  });
});

describe("an operation's nested stack", () => {
  test.each([
    ["POST /v2/apps/{appId}/users", "Users"],
    ["GET /v2/apps/{appId}/users/{userIdOrExternalId}/clients", "Users"],
    ["GET /v2/apps/{appId}/conversations/{conversationId}/messages", "Conversations"],
    ["GET /v2/apps/{appId}", "Apps"],
    ["POST /sdk/v2/apps/{appId}/login", "Sdk"],
    ["POST /webhooks/{integrationId}", "Channel"],
    ["$default", "Rest"],
  ])("follows from its route alone: %s stands in %s", (routeKey, group) => {
    expect(groupOf(routeKey)).toBe(group);
  });
});
