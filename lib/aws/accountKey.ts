import type { ApiKey } from "../model/apiKey.ts";
import { awsCall } from "./awsCall.ts";

/** Milliseconds that fetched account keys are remembered, so that rotated ones are used within a minute. */
const lifetime = 60_000;

interface Credentials {
  readonly id: string;
  readonly secret: string;
}

/** The content of the secret: the key and, during a rotation, the previous one, which is valid until it is removed. */
interface AccountSecret extends Credentials {
  readonly previous?: Credentials;
}

/**
 * Finds an account's own API key by its id. The keys are given plainly, or read from the Secrets Manager secret
 * `{"id","secret","previous":{"id","secret"}}` when first needed; `docs/operations.md` describes how to rotate them.
 */
export function accountKeySource(
  source: Credentials | { readonly arn: string },
  now: () => Date,
): (keyId: string) => Promise<ApiKey | undefined> {
  if (!("arn" in source)) {
    const keys = keysOf(source);
    return async (keyId) => keys.get(keyId);
  }
  let remembered: { readonly keys: ReadonlyMap<string, ApiKey>; readonly until: number } | undefined;
  return async (keyId) => {
    if (!remembered || remembered.until <= now().getTime())
      remembered = { keys: keysOf(await readSecret(source.arn)), until: now().getTime() + lifetime };
    return remembered.keys.get(keyId);
  };
}

/** Reads the current account key from its secret, for a Lambda that calls the API itself. */
export async function currentAccountKey(arn: string): Promise<Credentials> {
  const { id, secret } = await readSecret(arn);
  return { id, secret };
}

function keysOf({ previous, ...current }: AccountSecret): ReadonlyMap<string, ApiKey> {
  const pairs = previous === undefined ? [current] : [previous, current];
  return new Map(
    pairs.map(({ id, secret }) => [id, { id, secret, scope: "account", displayName: "Account key" } as const]),
  );
}

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
async function readSecret(arn: string): Promise<AccountSecret> {
  const { AWS_REGION = "", AWS_ENDPOINT_URL_SECRETS_MANAGER } = process.env;
  const domain = AWS_REGION.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const { SecretString } = await awsCall("secretsmanager", {
    endpoint: AWS_ENDPOINT_URL_SECRETS_MANAGER || `https://secretsmanager.${AWS_REGION}.${domain}`,
    target: "secretsmanager.GetSecretValue",
    version: "1.1",
    input: { SecretId: arn },
  });
  return JSON.parse(String(SecretString));
}
