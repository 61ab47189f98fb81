import { CfnOutput, Stack, Tags } from "aws-cdk-lib";
import { CfnWebACL } from "aws-cdk-lib/aws-wafv2";
import type { Construct } from "constructs";

/**
 * The requests of one address within five minutes that may begin as a new user or log in, before WAF refuses more. An
 * office or a mobile network has one address for many people.
 */
const signInsOfAddress = 2_000;

/**
 * The web ACL for the distribution before the API: a stack of its own, since CloudFront takes one of us-east-1 alone.
 * It prints the ARN that the API's stack takes as `-c webAclArn`, so neither stack reads across regions.
 *
 * Rules that look into bodies stay out: people write what looks like an attack, and channels and servers send more
 * than WAF reads. What counts by address counts SDK calls alone, since a channel delivers, and a business calls, all of
 * its people's requests from few addresses.
 * @see https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html
 */
export class WebAclStack extends Stack {
  constructor(scope: Construct, stage: string) {
    super(scope, `Sunroom-${stage}-WebAcl`, {
      env: { region: "us-east-1" },
      description: `Sunroom: the web ACL of the API's distribution (${stage})`,
    });
    Tags.of(this).add("application", "sunroom");
    Tags.of(this).add("stage", stage);
    const acl = new CfnWebACL(this, "WebAcl", {
      scope: "CLOUDFRONT",
      defaultAction: { allow: {} },
      visibilityConfig: measured("Requests"),
      rules: [
        {
          name: "KnownAttackers",
          priority: 0,
          overrideAction: { none: {} },
          statement: {
            managedRuleGroupStatement: { vendorName: "AWS", name: "AWSManagedRulesAmazonIpReputationList" },
          },
          visibilityConfig: measured("KnownAttackers"),
        },
        {
          name: "SignInsOfAddress",
          priority: 1,
          action: { block: { customResponse: { responseCode: 429 } } },
          statement: {
            rateBasedStatement: {
              limit: signInsOfAddress,
              evaluationWindowSec: 300,
              aggregateKeyType: "IP",
              scopeDownStatement: postsToUsers,
            },
          },
          visibilityConfig: measured("SignInsOfAddress"),
        },
      ],
    });
    new CfnOutput(this, "WebAclArn", { value: acl.attrArn, description: "Pass this as -c webAclArn" });
  }
}

const measured = (metricName: string) => ({
  cloudWatchMetricsEnabled: true,
  metricName,
  // A sample would show people's addresses and headers in the console.
  sampledRequestsEnabled: false,
});

/** Matches a `POST` to a path of an SDK's users, at the root and below `/sc`. */
const postsToUsers = {
  andStatement: {
    statements: [
      {
        byteMatchStatement: {
          fieldToMatch: { method: {} },
          positionalConstraint: "EXACTLY",
          searchString: "POST",
          textTransformations: [{ priority: 0, type: "NONE" }],
        },
      },
      {
        byteMatchStatement: {
          fieldToMatch: { uriPath: {} },
          positionalConstraint: "CONTAINS",
          searchString: "/appusers",
          textTransformations: [{ priority: 0, type: "URL_DECODE" }],
        },
      },
    ],
  },
};
