import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { App, NestedStack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Code } from "aws-cdk-lib/aws-lambda";
import { SunroomStack } from "../../lib/infra/stack.ts";

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdatePolicy?: object;
}

interface CloudFormationTemplate {
  readonly Resources?: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

const cdkJson = JSON.parse(readFileSync(fileURLToPath(new URL("../../cdk.json", import.meta.url)), "utf8"));

// The rules take seconds: they run where a test is about them, by `addChecks`, and not at every other synthesis.
process.env.CDK_VALIDATION = "false";

/** The app of a stage as `cdk synth` makes it, with a stand-in for the Lambdas' code. */
export function sunroomApp(context: Readonly<Record<string, string>> = {}): { app: App; stack: SunroomStack } {
  const app = new App({ context: { ...cdkJson.context, ...context } });
  const stack = new SunroomStack(app, { code: () => Code.fromInline("exports.handler = async () => {};") });
  return { app, stack };
}

/** What CloudFormation will see of a stage; what a nested stack takes as a parameter is put back in its place. */
export function synthesize(context: Readonly<Record<string, string>> = {}) {
  const { stack } = sunroomApp(context);
  const { Resources: outer = {}, Outputs = {} }: CloudFormationTemplate = Template.fromStack(stack).toJSON();
  const all = new Map(Object.entries(outer));
  const templates = new Map<string, CloudFormationTemplate>([[stack.stackName, Template.fromStack(stack).toJSON()]]);
  for (const inner of stack.node.findAll().filter((construct) => NestedStack.isNestedStack(construct))) {
    const template: CloudFormationTemplate = Template.fromStack(inner).toJSON();
    const { Resources = {} } = template;
    const id = inner.nestedStackResource === undefined ? "" : stack.getLogicalId(inner.nestedStackResource);
    const parameters = outer[id]?.Properties.Parameters ?? {};
    for (const [name, resource] of Object.entries(Resources)) all.set(name, putBack(resource, parameters) as Resource);
    templates.set(inner.node.id, template);
  }
  return {
    /** The template of the stack, the first, and of each nested stack by its name. */
    templates,
    outputs: Outputs,
    /** The type of each resource. */
    types: [...all.values()].map((resource) => resource.Type),
    /** All resources of a type. */
    of: (type: string): Resource[] => [...all.values()].filter((resource) => resource.Type === type),
    /** The one resource of a construct, by the construct's path without slashes. */
    named: (path: string): Resource => {
      const found = [...all].filter(([id]) => id.replace(/[0-9A-F]{8}$/, "") === path);
      if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} resources are named ${path}`);
      return found[0][1];
    },
  };
}

/** Replaces each reference to a parameter by what the outer stack passes for it. */
function putBack(value: unknown, parameters: object): unknown {
  if (Array.isArray(value)) return value.map((one) => putBack(one, parameters));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === "Ref" && Object.hasOwn(parameters, String(first[1])))
    return Object.entries(parameters).find(([name]) => name === first[1])?.[1];
  return Object.fromEntries(entries.map(([name, one]) => [name, putBack(one, parameters)]));
}
