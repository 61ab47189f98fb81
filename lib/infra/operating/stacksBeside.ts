import type { App } from "aws-cdk-lib";
import { readSettings } from "../settings.ts";
import { DeployerStack } from "./deployerStack.ts";
import { SettingsError } from "./operatingSettings.ts";
import { WebAclStack } from "./webAclStack.ts";

/**
 * Adds the stacks beside a stage's own that the context asks for: `-c webAcl=true`, `-c deployRepository=owner/name`.
 * @throws SettingsError if a value is malformed
 */
export function addStacksBeside(app: App): void {
  const { stage } = readSettings(app.node);
  const webAcl: unknown = app.node.tryGetContext("webAcl") ?? "false";
  if (!["true", "false"].includes(String(webAcl)))
    throw new SettingsError(`The context's webAcl must be true or false, and is "${webAcl}".`);
  if (String(webAcl) === "true") new WebAclStack(app, stage);
  const repository: unknown = app.node.tryGetContext("deployRepository") || undefined;
  if (repository === undefined) return;
  // Of a repository made since July 2026, GitHub's tokens have the ids of both behind their names.
  if (!/^[\w.-]+(@\d+)?\/[\w.-]+(@\d+)?$/.test(String(repository)))
    throw new SettingsError(
      `The context's deployRepository must be owner/name or owner@id/name@id of a GitHub repository, and is "${repository}".`,
    );
  new DeployerStack(app, { stage, repository: String(repository) });
}
