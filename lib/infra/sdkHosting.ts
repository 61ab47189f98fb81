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
import { HttpOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import { Construct } from "constructs";
import type { Route } from "../api/routes.ts";
import type { PublicApi } from "./publicApi.ts";
import type { Domain, Settings } from "./settings.ts";

/**
 * The Lambda that serves the web SDK's files, at the addresses at which the local server has them. It is no operation:
 * `lib/api/routes.ts` describes what answers in JSON.
 */
export const sdkFileRoutes = {
  sdkFiles: {
    routeKeys: ["GET /sdk/smooch.js", "GET /sdk/index.js"],
    scopes: ["anyone"],
    table: [],
    summary: "Serve the web SDK's script and module",
  },
} as const satisfies Record<string, Route>;

/** CloudFront before the routes of the web SDK's files, for browsers of every origin. */
export class SdkHosting extends Construct {
  /** The script that makes the global `Smooch`. */
  readonly scriptUrl: string;

  constructor(scope: Construct, id: string, { settings, api }: { settings: Settings; api: PublicApi }) {
    super(scope, id);
    const { region, urlSuffix } = Stack.of(this);
    const apiDomain = settings.domain?.name ?? `${api.http.apiId}.execute-api.${region}.${urlSuffix}`;
    const distribution = new Distribution(this, "Distribution", {
      comment: `Sunroom web SDK (${settings.stage})`,
      httpVersion: HttpVersion.HTTP2_AND_3,
      ...(settings.sdkDomain ? this.ownDomain(settings.sdkDomain) : {}),
      defaultBehavior: {
        origin: new HttpOrigin(apiDomain),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
        cachePolicy: this.cachePolicy(settings),
        responseHeadersPolicy: this.responseHeaders(),
        compress: true,
      },
    });
    this.scriptUrl = `https://${settings.sdkDomain?.name ?? distribution.distributionDomainName}/sdk/smooch.js`;
    this.acknowledge(distribution, settings);
  }

  private ownDomain(domain: Domain) {
    return {
      domainNames: [domain.name],
      certificate: Certificate.fromCertificateArn(this, "Certificate", domain.certificateArn),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
    };
  }

  /**
   * Caches what the API allows, and passes on neither credentials nor queries: other paths answer as to a caller
   * without credentials, and are not kept.
   */
  private cachePolicy(settings: Settings): CachePolicy {
    return new CachePolicy(this, "Cache", {
      comment: `What the API says of caching (Sunroom, ${settings.stage})`,
      minTtl: Duration.seconds(0),
      defaultTtl: Duration.seconds(0),
      maxTtl: Duration.days(1),
      enableAcceptEncodingBrotli: true,
      enableAcceptEncodingGzip: true,
    });
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

  private acknowledge(distribution: Distribution, settings: Settings): void {
    Validations.of(distribution).acknowledge(
      { id: "AwsSolutions-CFR1", reason: "The SDK is for the customers of a business, wherever they are." },
      { id: "AwsSolutions-CFR2", reason: "Two small public files from a cache; the API behind it throttles them." },
      { id: "AwsSolutions-CFR3", reason: "An access log would be a list of people's addresses that nobody needs." },
    );
    if (!settings.sdkDomain)
      Validations.of(distribution).acknowledge({
        id: "AwsSolutions-CFR4",
        reason: "CloudFront fixes the lowest TLS version of *.cloudfront.net; a domain of one's own gets TLS 1.2.",
      });
  }
}
