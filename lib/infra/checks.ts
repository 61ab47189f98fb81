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
 * Holds every synthesis to CloudFormation's own rules and to two rule packs. A finding that nobody acknowledged with its
 * reason fails the synthesis (`cdk.json`: `validateAgainstDefaultRules`, `strictCfnValidateErrors`).
 */
export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new EveryTemplate(), new AwsSolutionsChecks(app), new ServerlessChecks(app));
}

/** CloudFormation's rules on nested stacks too: the CDK itself hands over the templates of the outer stacks alone. */
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
