import { Validations } from "aws-cdk-lib";
import type { CfnStage, HttpStage } from "aws-cdk-lib/aws-apigatewayv2";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestCookieBehavior,
  OriginRequestHeaderBehavior,
  OriginRequestPolicy,
  OriginRequestQueryStringBehavior,
  OriginSslPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { HttpOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { edge } from "../../api/edge.ts";
import type { Settings } from "../settings.ts";

interface EdgeProps {
  readonly settings: Settings;
  /** A certificate of us-east-1 for the API's domain. */
  readonly certificateArn: string;
  /** The regional target of the API's domain, which the distribution calls. */
  readonly target: string;
  readonly stages: readonly HttpStage[];
}

/**
 * A CloudFront distribution before the API, on which AWS WAF works. An HTTP API has no resource policy, and its regional
 * domain takes calls of any origin that names it; so the distribution adds a secret to each request, the stages know
 * it, and the pipeline refuses what comes without (`lib/http/edge.ts`).
 */
export class Edge extends Construct {
  /** The target of the DNS record of the API's domain. */
  readonly domainName: string;

  constructor(scope: Construct, id: string, { settings, certificateArn, target, stages }: EdgeProps) {
    super(scope, id);
    const { domain, operating } = settings;
    if (!domain) throw new Error("The context's edgeCertificateArn needs domainName too.");
    const secret = this.makeSecret(settings);
    // Dynamic references, which CloudFormation resolves: the template holds no secret. A template may have 60 of them,
    // so the stages hand the secret to their Lambdas, and not a variable of each Lambda.
    const value = secret.secretValue.unsafeUnwrap();
    // The default child of an HttpStage is its CfnStage.
    for (const stage of stages) (stage.node.defaultChild as CfnStage).stageVariables = { [edge.stageVariable]: value };
    const distribution = new Distribution(this, "Distribution", {
      comment: `Sunroom API (${settings.stage})`,
      httpVersion: HttpVersion.HTTP2_AND_3,
      domainNames: [domain.name],
      certificate: Certificate.fromCertificateArn(this, "Certificate", certificateArn),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      ...(operating.webAclArn === undefined ? {} : { webAclId: operating.webAclArn }),
      defaultBehavior: {
        origin: new HttpOrigin(target, {
          customHeaders: { [edge.header]: value },
          protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
          originSslProtocols: [OriginSslPolicy.TLS_V1_2],
        }),
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: this.everything(),
      },
    });
    this.domainName = distribution.distributionDomainName;
    this.acknowledge(secret, distribution, operating.webAclArn !== undefined);
  }

  private makeSecret(settings: Settings): Secret {
    return new Secret(this, "Secret", {
      description: `Proves CloudFront to the API of Sunroom (${settings.stage})`,
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      removalPolicy: settings.removal,
    });
  }

  /** Forwards the request as it came, by whose `Host` API Gateway knows the domain, with the address of its caller. */
  private everything(): OriginRequestPolicy {
    return new OriginRequestPolicy(this, "Everything", {
      comment: "All of the request, and the address of its caller",
      headerBehavior: OriginRequestHeaderBehavior.all(edge.viewerAddress),
      queryStringBehavior: OriginRequestQueryStringBehavior.all(),
      cookieBehavior: OriginRequestCookieBehavior.all(),
    });
  }

  private acknowledge(secret: Secret, distribution: Distribution, guarded: boolean): void {
    Validations.of(secret).acknowledge({
      id: "AwsSolutions-SMG4",
      reason: "CloudFormation hands it to both sides at a deployment; docs/operations.md says how to rotate it.",
    });
    Validations.of(distribution).acknowledge(
      { id: "AwsSolutions-CFR1", reason: "The API is for the customers of a business, wherever they are." },
      { id: "AwsSolutions-CFR3", reason: "The API's own log has each request, without people's addresses." },
    );
    if (!guarded)
      Validations.of(distribution).acknowledge({
        id: "AwsSolutions-CFR2",
        reason: "A web ACL costs $5 a month and more, so its owner decides: -c webAclArn.",
      });
  }
}
