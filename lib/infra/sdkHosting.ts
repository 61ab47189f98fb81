import { Duration, Stack, Validations } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { S3BucketOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from "aws-cdk-lib/aws-s3";
import { BucketDeployment, CacheControl, Source } from "aws-cdk-lib/aws-s3-deployment";
import { Construct } from "constructs";
import type { Domain, Settings } from "./settings.ts";

/** The web SDK's files by name, with the server's URL as `serverPlaceholder`. */
export type SdkFiles = ReadonlyMap<string, string>;

/** A placeholder in the SDK's files for the server's URL, which is known when CloudFormation has made the API. */
export const serverPlaceholder = "https://server.invalid/sdk";

/** The files to host, and the URL of the API that they call. */
interface SdkHostingProps {
  readonly settings: Settings;
  readonly files: SdkFiles;
  readonly apiUrl: string;
}

/** The web SDK, served to browsers of every origin from a bucket behind CloudFront. */
export class SdkHosting extends Construct {
  /** The script that makes the global `Smooch`. */
  readonly scriptUrl: string;

  constructor(scope: Construct, id: string, { settings, files, apiUrl }: SdkHostingProps) {
    super(scope, id);
    const bucket = new Bucket(this, "Bucket", {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: settings.removal,
    });
    const distribution = new Distribution(this, "Distribution", {
      comment: `Sunroom web SDK (${settings.stage})`,
      httpVersion: HttpVersion.HTTP2_AND_3,
      ...(settings.sdkDomain ? this.ownDomain(settings.sdkDomain) : {}),
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: this.responseHeaders(),
        compress: true,
      },
    });
    const logGroup = new LogGroup(this, "DeploymentLogs", {
      retention: settings.logRetention,
      removalPolicy: settings.removal,
    });
    const deployment = new BucketDeployment(this, "Deployment", {
      destinationBucket: bucket,
      sources: [...files].map(([name, text]) =>
        Source.data(`sdk/${name}`, text.replaceAll(serverPlaceholder, `${apiUrl}/sdk`)),
      ),
      // The files' names stay the same, so a browser must soon look for a new version.
      cacheControl: [CacheControl.fromString("public, max-age=300, stale-while-revalidate=86400")],
      contentType: "text/javascript; charset=utf-8",
      distribution,
      distributionPaths: ["/sdk/*"],
      retainOnDelete: false,
      logGroup,
    });
    this.scriptUrl = `https://${settings.sdkDomain?.name ?? distribution.distributionDomainName}/sdk/smooch.js`;
    this.acknowledge(bucket, distribution, settings);
    acknowledgeUploader(deployment, bucket);
  }

  private ownDomain(domain: Domain) {
    return {
      domainNames: [domain.name],
      certificate: Certificate.fromCertificateArn(this, "Certificate", domain.certificateArn),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
    };
  }

  private responseHeaders(): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, "Headers", {
      comment: "Any page may load the SDK; the files themselves may do nothing else",
      corsBehavior: {
        accessControlAllowOrigins: ["*"],
        accessControlAllowMethods: ["GET", "HEAD", "OPTIONS"],
        accessControlAllowHeaders: ["*"],
        accessControlAllowCredentials: false,
        accessControlMaxAge: Duration.days(1),
        originOverride: true,
      },
      securityHeadersBehavior: {
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(730), includeSubdomains: true, override: true },
        contentSecurityPolicy: { contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'", override: true },
      },
      customHeadersBehavior: {
        customHeaders: [{ header: "cross-origin-resource-policy", value: "cross-origin", override: true }],
      },
    });
  }

  private acknowledge(bucket: Bucket, distribution: Distribution, settings: Settings): void {
    Validations.of(bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason: "CloudFront alone reads the bucket, and what it holds is public; nobody needs to know who read it.",
    });
    Validations.of(distribution).acknowledge(
      { id: "AwsSolutions-CFR1", reason: "The SDK is for the customers of a business, wherever they are." },
      { id: "AwsSolutions-CFR2", reason: "Two small public files from a cache: there is nothing to attack behind it." },
      { id: "AwsSolutions-CFR3", reason: "An access log would be a list of people's addresses that nobody needs." },
    );
    if (!settings.sdkDomain)
      Validations.of(distribution).acknowledge({
        id: "AwsSolutions-CFR4",
        reason: "CloudFront fixes the lowest TLS version of *.cloudfront.net; a domain of one's own gets TLS 1.2.",
      });
  }
}

/**
 * Acknowledges the findings on the CDK's own Lambda, which copies the files at a deployment and does nothing otherwise.
 */
function acknowledgeUploader(deployment: BucketDeployment, bucket: Bucket): void {
  // The role's parent is its function.
  const uploader = deployment.handlerRole.node.scope;
  if (!uploader) throw new Error("The CDK no longer keeps the uploader's role inside the uploader.");
  // The default child of a Bucket is its CfnBucket.
  const bucketId = Stack.of(bucket).resolve((bucket.node.defaultChild as CfnBucket).logicalId);
  const reason = "The CDK's own Lambda, invoked by CloudFormation at a deployment and never otherwise.";
  for (const id of [
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
    ...["GetBucket", "GetObject", "List", "Abort", "DeleteObject"].map(
      (action) => `AwsSolutions-IAM5[Action::s3:${action}*]`,
    ),
    "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*]",
    `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/*]`,
    "AwsSolutions-IAM5[Resource::*]",
    "AwsSolutions-L1",
    "Serverless-LambdaDLQ",
    "Serverless-LambdaLatestVersion",
    "Serverless-LambdaTracing",
    "Serverless-LambdaStarPermissions",
  ])
    Validations.of(uploader).acknowledge({ id, reason });
}
