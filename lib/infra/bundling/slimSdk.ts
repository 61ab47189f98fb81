import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import { type Replacement, unreachedSdk } from "./unreachedSdk.ts";

/**
 * Modules of the AWS SDK that our Lambdas never run, and their replacements. `test/infra/bundle.test.ts` runs every
 * bundled Lambda, and the build fails if an entry no longer matches anything.
 */
const replacements: readonly Replacement[] = [
  {
    module: /@aws-sdk\/credential-provider-node\/dist-es\/index\.js$/,
    by: () => ({ loader: "ts", contents: readFileSync(fileURLToPath(import.meta.resolve("../lambdaCredentials.ts"))) }),
  },
  // Loaded by operations that stream; none of DynamoDB does.
  { module: /@smithy\/core\/dist-es\/submodules\/event-streams\/index\.js$/, by: () => ({ contents: "export {};" }) },
  // Constructed by the DynamoDB client and used only if endpoint discovery is switched on.
  {
    module: /@aws-sdk\/endpoint-cache\/dist-es\/index\.js$/,
    by: () => ({ contents: "export class EndpointCache {}" }),
  },
  // Adaptive retry, which none of our clients uses.
  {
    module: /@smithy\/core\/.*\/DefaultRateLimiter\.js$/,
    by: () => ({
      contents:
        "export class DefaultRateLimiter { constructor() { throw new Error('Adaptive retry is not bundled.'); } }",
    }),
  },
  // Reads the region of an EC2 instance; Lambda sets AWS_REGION.
  {
    module: /@smithy\/core\/.*\/getInstanceMetadataRegion\.js$/,
    by: () => ({ contents: "export const getInstanceMetadataRegion = async () => undefined;" }),
  },
  // A decision diagram over partitions, FIPS, dual stack and account ids, none of which we use.
  {
    module: /@aws-sdk\/client-dynamodb\/dist-es\/endpoint\/endpointResolver\.js$/,
    by: () => ({ contents: regionalEndpoint }),
  },
  // The partitions of that diagram, with a description of every region.
  {
    module: /@aws-sdk\/core\/.*\/lib\/aws\/partitions\.js$/,
    by: () => ({ contents: "export const partitionsInfo = { partitions: [] };" }),
  },
  // Tells a service that may invoke a Lambda which Lambda called it; DynamoDB invokes none.
  {
    module: /@aws-sdk\/core\/.*\/recursionDetectionMiddleware\.js$/,
    by: () => ({ contents: "export const recursionDetectionMiddleware = () => (next) => next;" }),
  },
  // Steps of a call without use here: the user agent, for AWS's statistics, and a log.
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
  // Lambda has no `~/.aws`: the SDK's configuration is in the environment.
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
  // The file is bundled only for its version number.
  {
    module: /@aws-sdk\/client-[\w-]+\/package\.json$/,
    by: (path) => {
      const { name, version } = JSON.parse(readFileSync(path, "utf8"));
      return { loader: "json", contents: JSON.stringify({ name, version }) };
    },
  },
];

/** Modules that the SDK's plain client needs, and the lean one never reaches (`unreachedSdk.ts`). */
const plainClientReplacements: readonly Replacement[] = [
  // SHA-256 for a Node.js built without OpenSSL.
  { module: /@smithy\/core\/.*\/sha256\/Sha256Js\.js$/, by: () => ({ contents: "export class Sha256Js {}" }) },
  // Forty errors; those that `lib/db` does not tell apart become a DynamoDBServiceException of their name.
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

/** The source of `lib/db`, which names its client, and the errors that it tells apart. */
const dbSource = ["db", "readItems", "writeItems", "transact"]
  .map((name) => readFileSync(fileURLToPath(import.meta.resolve(`../../db/${name}.ts`)), "utf8"))
  .join("\n");

/**
 * An esbuild plugin that leaves unused modules out of the AWS SDK: the 337 kB of a handler with one put become 68 kB.
 */
export const slimSdk: Plugin = {
  name: "slim-sdk",
  setup(build) {
    const all = [...replacements, ...(dbSource.includes("leanClient(") ? unreachedSdk : plainClientReplacements)];
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

/** Keeps the errors that `lib/db` names, since only it tells them apart by their class. */
function withFewErrors(schemas: string): string {
  const named = (error: string) => new RegExp(`\\b${error}\\b`).test(dbSource);
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

/** Makes a module of a step in every call, with a plugin that adds none. */
function withoutStep(path: string): string {
  return [...readFileSync(path, "utf8").matchAll(/^export const (\w+)/gm)]
    .map(([, name]) => `export const ${name} = () => ({ applyToStack() {} });`)
    .join("\n");
}

/** Makes the module's functions throw, as proof that they are never called. */
function withoutBodies(path: string): string {
  return [...readFileSync(path, "utf8").matchAll(/^export (?:const|function) (\w+)/gm)]
    .map(([, name]) => `export function ${name}() { throw new Error("${name} is not bundled."); }`)
    .join("\n");
}
