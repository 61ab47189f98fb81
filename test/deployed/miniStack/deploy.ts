import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Credentials } from "../../support/caller.ts";
import { takeOutUnknown } from "./assembly.ts";
import { accountId, type Cloud, call, environmentOf, type Outputs, region, request } from "./cloud.ts";
import { allowLoopback, type Workaround, workAround } from "./workarounds.ts";

const cli = createRequire(import.meta.url).resolve("aws-cdk/bin/cdk");
const root = fileURLToPath(new URL("../../..", import.meta.url));

export interface Deployment {
  readonly outputs: Outputs;
  readonly accountKey: Credentials;
  /** What was done outside the stack. */
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
    workarounds: [
      ...(await workAround(cloud, outputs, join(assemblyOf(cloud), `Sunroom-${stage}.template.json`))),
      ...(stage === "dev" ? [await allowLoopback(cloud)] : []),
    ],
  };
}

/**
 * Deploys a stage with canaries and alarms, which is any but dev: synthesizes it, takes out what MiniStack does not
 * know, and deploys the rest. Answers what was taken out, too.
 * @param change changes what was synthesized once more, for a test
 */
export async function deployReduced(
  cloud: Cloud,
  stage: string,
  change: (assembly: string) => void = () => {},
): Promise<Deployment & { readonly taken: Readonly<Record<string, number>> }> {
  await cdk(cloud, "synth", "--quiet", "-c", `stage=${stage}`);
  const assembly = assemblyOf(cloud);
  const taken = takeOutUnknown(assembly);
  change(assembly);
  return { ...(await deploy(cloud, stage, "--app", assembly)), taken };
}

/** Destroys a stage by `npx cdk destroy -c stage=…`. */
export const destroy = (cloud: Cloud, stage: string): Promise<string> =>
  cdk(cloud, "destroy", "-c", `stage=${stage}`, "--force");

/** Takes the protection against deletion from a stage, as docs/operations.md says. */
export async function unprotect(cloud: Cloud, stage: string): Promise<void> {
  const parameters = new URLSearchParams({
    Action: "UpdateTerminationProtection",
    Version: "2010-05-15",
    StackName: `Sunroom-${stage}`,
    EnableTerminationProtection: "false",
  });
  await request(cloud, "cloudformation", `POST /?${parameters}`);
}

/** Reads the status of a stage's stack. */
export async function statusOf(cloud: Cloud, stage: string): Promise<string | undefined> {
  const asked = `POST /?Action=DescribeStacks&Version=2010-05-15&StackName=Sunroom-${stage}`;
  return /<StackStatus>(\w+)</.exec(await request(cloud, "cloudformation", asked))?.[1];
}

async function accountKeyOf(cloud: Cloud, { AccountKeyArn }: Outputs): Promise<Credentials> {
  const { SecretString } = await call<{ SecretString: string }>(
    cloud,
    "secretsmanager",
    "secretsmanager.GetSecretValue",
    { SecretId: AccountKeyArn },
  );
  return JSON.parse(SecretString);
}
