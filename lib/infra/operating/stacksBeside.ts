import type { App } from "aws-cdk-lib";
import { readSettings } from "../settings.ts";
import { DeployerStack } from "./deployerStack.ts";
import { WebAclStack } from "./webAclStack.ts";

/**
 * Adds the stacks beside a stage's own that the context asks for: `-c webAcl=true`, `-c deployRepository=owner/name`.
 * Throws an `Error` that names a malformed value.
 */
export function addStacksBeside(app: App): void {
  const { stage } = readSettings(app.node);
  const webAcl: unknown = app.node.tryGetContext("webAcl") ?? "false";
  if (!["true", "false"].includes(String(webAcl)))
    throw new Error(`The context's webAcl must be true or false, and is "${webAcl}".`);
  if (String(webAcl) === "true") new WebAclStack(app, stage);
  const repository: unknown = app.node.tryGetContext("deployRepository") || undefined;
  if (repository === undefined) return;
  if (!/^[\w.-]+\/[\w.-]+$/.test(String(repository)))
    throw new Error(
      `The context's deployRepository must be owner/name of a GitHub repository, and is "${repository}".`,
    );
  new DeployerStack(app, { stage, repository: String(repository) });
}
