import { readFileSync } from "node:fs";
import type { OnLoadResult } from "esbuild";

/** A module of the AWS SDK and its replacement. */
export interface Replacement {
  readonly module: RegExp;
  readonly by: (path: string) => OnLoadResult;
}

/**
 * Modules that the one step of the lean client (`lib/db/dynamodb`) bypasses: the steps of the AWS SDK's client, and
 * their own dependencies. A command that the one step leaves to them does not work in a bundle.
 */
export const unreachedSdk: readonly Replacement[] = [
  // The client's own steps; without them their dependencies are not bundled either.
  {
    module: /@aws-sdk\/client-dynamodb\/dist-es\/DynamoDBClient\.js$/,
    by: (path) => ({
      contents: without(path, /this\.middlewareStack\.use\(get\w+\(this\.config(?:, \{[\s\S]*?\n {8}\})?\)\);/g),
    }),
  },
  // Every command's own step, which looks up the endpoint.
  {
    module: /@aws-sdk\/client-dynamodb\/dist-es\/commandBuilder\.js$/,
    by: (path) => ({
      contents: readFileSync(path, "utf8")
        .replace(/^import \{ getEndpointPlugin \}.*$/m, "")
        .replace("getEndpointPlugin)", "() => ({ applyToStack() {} }))"),
    }),
  },
  // The schemas of the operations' inputs and answers.
  {
    module: /@aws-sdk\/client-dynamodb\/dist-es\/schemas\/schemas_0\.js$/,
    by: (path) => ({ contents: exportsOf(path, (name) => `export const ${name} = undefined;`) }),
  },
  // The protocol with its codec, the signer, and hashes.
  {
    module: /@aws-sdk\/client-dynamodb\/dist-es\/runtimeConfig\.shared\.js$/,
    by: () => ({
      contents:
        'export const getRuntimeConfig = () => ({ apiVersion: "2012-08-10", serviceId: "DynamoDB", httpAuthSchemes: [], extensions: [], endpointProvider: defaultEndpointResolver });\nimport { defaultEndpointResolver } from "./endpoint/endpointResolver";',
    }),
  },
  { module: /@smithy\/signature-v4\/dist-es\/index\.js$/, by: () => ({ contents: "export class SignatureV4 {}" }) },
  // The connections.
  {
    module: /@smithy\/node-http-handler\/dist-es\/index\.js$/,
    by: () => ({
      contents:
        "export const NodeHttpHandler = { create: (handler) => handler }; export const streamCollector = undefined;",
    }),
  },
];

function without(path: string, pattern: RegExp): string {
  return readFileSync(path, "utf8").replace(pattern, "");
}

function exportsOf(path: string, statement: (name: string) => string): string {
  const names = readFileSync(path, "utf8").matchAll(/^export (?:const|var|function) ([\w$]+)/gm);
  return [...names].map(([, name = ""]) => statement(name)).join("\n");
}
