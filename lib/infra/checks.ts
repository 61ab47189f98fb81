import { dirname, join } from "node:path";
import {
  type App,
  CloudFormationValidatePlugin,
  type IPolicyValidationContext,
  NestedStack,
  type Stack,
  Validations,
} from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";

/**
 * Checks every synthesis by CloudFormation's own rules and by two rule packs. A finding that is not acknowledged with
 * its reason fails the synthesis (`cdk.json`: `validateAgainstDefaultRules`, `strictCfnValidateErrors`).
 */
export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new EveryTemplate(), new AwsSolutionsChecks(app), new ServerlessChecks(app));
}

/**
 * Applies CloudFormation's rules to nested stacks too, since the CDK itself hands over only the templates of the outer
 * stacks.
 */
class EveryTemplate extends CloudFormationValidatePlugin {
  override validate(context: IPolicyValidationContext): ReturnType<CloudFormationValidatePlugin["validate"]> {
    const nested = context.appConstruct.node.findAll().filter((construct) => NestedStack.isNestedStack(construct));
    const stackTemplates = context.stackTemplates.flatMap((outer) => [
      outer,
      ...nested
        .filter((stack) => outermost(stack).node.path === outer.stackConstructPath)
        .map((stack) => ({ ...outer, templatePath: join(dirname(outer.templatePath), stack.templateFile) })),
    ]);
    return super.validate({ ...context, stackTemplates, templatePaths: stackTemplates.map((one) => one.templatePath) });
  }
}

function outermost(stack: Stack): Stack {
  return stack.nestedStackParent ? outermost(stack.nestedStackParent) : stack;
}
