import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import { type Replacement, unreachedSdk } from "./unreachedSdk.ts";

/**
 * Modules of the AWS SDK that a Lambda of ours never runs, and what stands in for each. `test/infra/bundle.test.ts`
 * runs every bundled Lambda, and the build fails when an entry no longer matches anything.
 */
const replacements: readonly Replacement[] = [
  {
    module: /@aws-sdk\/credential-provider-node\/dist-es\/index\.js$/,
    by: () => ({ loader: "ts", contents: readFileSync(fileURLToPath(import.meta.resolve("./lambdaCredentials.ts"))) }),
  },
  // Loaded by operations that stream; none of DynamoDB does.
  { module: /@smithy\/core\/dist-es\/submodules\/event-streams\/index\.js$/, by: () => ({ contents: "export {};" }) },
  // Constructed by the DynamoDB client and used only where endpoint discovery is switched on.
  {
    module: /@aws-sdk\/endpoint-cache\/dist-es\/index\.js$/,
    by: () => ({ contents: "export class EndpointCache {}" }),
  },
  // Adaptive retry, which none of our clients asks for.
  {
    module: /@smithy\/core\/.*\/DefaultRateLimiter\.js$/,
    by: () => ({
      contents:
        "export class DefaultRateLimiter { constructor() { throw new Error('Adaptive retry is not bundled.'); } }",
    }),
  },
  // Asks an EC2 instance for its region; Lambda sets AWS_REGION.
  {
    module: /@smithy\/core\/.*\/getInstanceMetadataRegion\.js$/,
    by: () => ({ contents: "export const getInstanceMetadataRegion = async () => undefined;" }),
  },
  // A decision diagram over partitions, FIPS, dual stack and account ids, none of which we ask for.
  {
    module: /@aws-sdk\/client-dynamodb\/dist-es\/endpoint\/endpointResolver\.js$/,
    by: () => ({ contents: regionalEndpoint }),
  },
  // The partitions of that diagram, with a description of every region.
  {
    module: /@aws-sdk\/core\/.*\/lib\/aws\/partitions\.js$/,
    by: () => ({ contents: "export const partitionsInfo = { partitions: [] };" }),
  },
  // Tells services that may invoke a Lambda in turn which one they were called by; DynamoDB invokes none.
  {
    module: /@aws-sdk\/core\/.*\/recursionDetectionMiddleware\.js$/,
    by: () => ({ contents: "export const recursionDetectionMiddleware = () => (next) => next;" }),
  },
  // Steps of a call that nothing here has a use for: who calls, for AWS's statistics, and a log.
  {
    module: /@aws-sdk\/core\/.*\/user-agent-middleware\.js$/,
    by: (path) => ({ contents: withoutStep(path) }),
  },
  {
    module: /@aws-sdk\/core\/.*\/loggerMiddleware\.js$/,
    by: (path) => ({ contents: withoutStep(path) }),
  },
  // Adaptive retry, and the endpoints of S3.
  {
    module: /@smithy\/core\/.*\/AdaptiveRetryStrategy\.js$/,
    by: () => ({ contents: "export class AdaptiveRetryStrategy {}" }),
  },
  {
    module: /@smithy\/core\/.*\/service-customizations\/s3\.js$/,
    by: (path) => ({ contents: withoutBodies(path) }),
  },
  // Lambda has no `~/.aws`: what configures the SDK is in the environment.
  {
    module: /@smithy\/core\/.*\/loadSharedConfigFiles\.js$/,
    by: () => ({
      contents:
        "export const CONFIG_PREFIX_SEPARATOR = '.'; export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });",
    }),
  },
  // Timestamps, which no operation on items has.
  {
    module: /@smithy\/core\/.*\/serde\/date-utils\.js$/,
    by: (path) => ({ contents: withoutBodies(path) }),
  },
  {
    module: /@smithy\/core\/.*\/schema-serde-lib\/schema-date-utils\.js$/,
    by: (path) => ({ contents: withoutBodies(path) }),
  },
  // The whole file is bundled for its version number.
  {
    module: /@aws-sdk\/client-[\w-]+\/package\.json$/,
    by: (path) => {
      const { name, version } = JSON.parse(readFileSync(path, "utf8"));
      return { loader: "json", contents: JSON.stringify({ name, version }) };
    },
  },
];

/** What the plain client of the SDK brings along, and the lean one never reaches (`unreachedSdk.ts`). */
const ofThePlainClient: readonly Replacement[] = [
  // SHA-256 for a Node.js built without OpenSSL.
  { module: /@smithy\/core\/.*\/sha256\/Sha256Js\.js$/, by: () => ({ contents: "export class Sha256Js {}" }) },
  // Forty errors; those that the store does not tell apart become a DynamoDBServiceException of their name.
  {
    module: /@aws-sdk\/client-dynamodb\/dist-es\/schemas\/schemas_0\.js$/,
    by: (path) => ({ contents: withFewErrors(readFileSync(path, "utf8")) }),
  },
  // The headers of events in a stream.
  {
    module: /@smithy\/signature-v4\/dist-es\/HeaderFormatter\.js$/,
    by: () => ({ contents: "export class HeaderFormatter {}" }),
  },
];

/** The door to DynamoDB, which says by which client it goes, and which errors it tells apart. */
const door = readFileSync(fileURLToPath(import.meta.resolve("../store/table.ts")), "utf8");

/** An esbuild plugin that leaves out of the AWS SDK what never runs on Lambda: the 337 kB of a handler with one put become 68 kB. */
export const slimSdk: Plugin = {
  name: "slim-sdk",
  setup(build) {
    const all = [...replacements, ...(door.includes("leanClient(") ? unreachedSdk : ofThePlainClient)];
    const unused = new Set(all);
    for (const replacement of all)
      build.onLoad({ filter: replacement.module }, ({ path }) => {
        unused.delete(replacement);
        return replacement.by(path);
      });
    build.onEnd(({ metafile }) => {
      const bundlesSdk = Object.keys(metafile?.inputs ?? {}).some((path) => path.includes("@aws-sdk/client-dynamodb"));
      if (!bundlesSdk || unused.size === 0) return {};
      const errors = [...unused].map(({ module }) => ({ text: `slimSdk replaces ${module}, which the AWS SDK lacks` }));
      return { errors };
    });
  },
};

/** Keeps the errors that the door to DynamoDB names: it alone tells them apart by their class. */
function withFewErrors(schemas: string): string {
  const named = (error: string) => new RegExp(`\\b${error}\\b`).test(door);
  return schemas.replace(/^n0_registry\.registerError\((\w+)\$, \1\);$/gm, (registration, error) =>
    named(error) ? registration : "",
  );
}

/** @see https://docs.aws.amazon.com/general/latest/gr/ddb.html */
const regionalEndpoint = `
export function defaultEndpointResolver({ Endpoint, Region }) {
  const domain = Region?.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return { url: new URL(Endpoint ?? "https://dynamodb." + Region + "." + domain), headers: {}, properties: {} };
}`;

/** A module of a step in every call, whose plugin adds none. */
function withoutStep(path: string): string {
  return [...readFileSync(path, "utf8").matchAll(/^export const (\w+)/gm)]
    .map(([, name]) => `export const ${name} = () => ({ applyToStack() {} });`)
    .join("\n");
}

/** The module's functions, each of which throws: proof that they are never called. */
function withoutBodies(path: string): string {
  return [...readFileSync(path, "utf8").matchAll(/^export (?:const|function) (\w+)/gm)]
    .map(([, name]) => `export function ${name}() { throw new Error("${name} is not bundled."); }`)
    .join("\n");
}
