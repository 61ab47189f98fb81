import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Credentials } from "../../support/caller.ts";
import { accountId, type Cloud, call, environmentOf, type Outputs, region } from "./cloud.ts";
import { type Workaround, workAround } from "./workarounds.ts";

const cli = createRequire(import.meta.url).resolve("aws-cdk/bin/cdk");
const root = fileURLToPath(new URL("../../..", import.meta.url));

export interface Deployment {
  readonly outputs: Outputs;
  readonly accountKey: Credentials;
  readonly workarounds: readonly Workaround[];
}

/** Runs the CDK's command line as a user does (`npx cdk …`), against the cloud. */
async function cdk(cloud: Cloud, ...parameters: readonly string[]): Promise<string> {
  const options = ["--no-notices", "--ci", "--output", assemblyOf(cloud)];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [cli, ...parameters, ...options], {
      cwd: root,
      env: environmentOf(cloud),
      maxBuffer: 2 ** 26,
    });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`cdk ${parameters.join(" ")} failed:\n${stdout.slice(-6_000)}\n${stderr.slice(-2_000)}`);
  }
}

/** The directory of what the CDK synthesized last. */
const assemblyOf = ({ directory }: Cloud): string => join(directory, "cdk.out");

/** Prepares the account, once. */
export const bootstrap = (cloud: Cloud): Promise<string> => cdk(cloud, "bootstrap", `aws://${accountId}/${region}`);

/**
 * Deploys a stage by `npx cdk deploy -c stage=…`, and then does for it what MiniStack does not.
 * @param options more options, such as `--app`
 */
export async function deploy(cloud: Cloud, stage: string, ...options: readonly string[]): Promise<Deployment> {
  const file = join(cloud.directory, "outputs.json");
  await cdk(
    cloud,
    ...["deploy", "-c", `stage=${stage}`, "--require-approval", "never", "--progress", "events"],
    ...["--outputs-file", file, ...options],
  );
  const outputs: Outputs = JSON.parse(readFileSync(file, "utf8"))[`Sunroom-${stage}`];
  return {
    outputs,
    accountKey: await accountKeyOf(cloud, outputs),
    workarounds: await workAround(cloud, outputs, join(assemblyOf(cloud), `Sunroom-${stage}.template.json`)),
  };
}

/** Destroys a stage by `npx cdk destroy -c stage=…`. */
export const destroy = (cloud: Cloud, stage: string): Promise<string> =>
  cdk(cloud, "destroy", "-c", `stage=${stage}`, "--force");

async function accountKeyOf(cloud: Cloud, { AccountKeyArn }: Outputs): Promise<Credentials> {
  const { SecretString } = await call<{ SecretString: string }>(
    cloud,
    "secretsmanager",
    "secretsmanager.GetSecretValue",
    { SecretId: AccountKeyArn },
  );
  return JSON.parse(SecretString);
}
