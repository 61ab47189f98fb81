import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Changes of what the CDK synthesized, before it is deployed. */

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly UpdatePolicy?: object;
  readonly DependsOn?: readonly string[];
}

type Resources = Readonly<Record<string, Resource>>;

/** Changes the resources of a template's file. */
function change(path: string, resources: (before: Resources) => Resources): void {
  const template: { readonly Resources?: Resources } = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...template, Resources: resources(template.Resources ?? {}) }));
}

/** Tells of a resource what MiniStack 1.5.33 does not know: the whole, or its policy of updates. */
function unknownIn({ Type, Properties, UpdatePolicy }: Resource): string | undefined {
  if (Type.startsWith("AWS::CodeDeploy::") || Type === "AWS::Logs::QueryDefinition") return Type;
  if (Type === "AWS::CloudWatch::Alarm" && Properties?.Metrics) return "AWS::CloudWatch::Alarm with Metrics";
  return UpdatePolicy ? `UpdatePolicy of ${Type}` : undefined;
}

/**
 * Takes what MiniStack does not know out of every template of a stage with canaries and alarms: CodeDeploy with the
 * policy by which it shifts an alias, so that an alias goes to the new version at once; alarms that calculate; and saved
 * queries. Counts what it took out, by kind.
 */
export function takeOutUnknown(assembly: string): Readonly<Record<string, number>> {
  const taken: Record<string, number> = {};
  const reduce = (resources: Resources): Resources =>
    Object.fromEntries(
      Object.entries(resources).flatMap(([id, { UpdatePolicy, ...resource }]) => {
        const unknown = unknownIn({ ...resource, ...(UpdatePolicy && { UpdatePolicy }) });
        if (unknown !== undefined) taken[unknown] = (taken[unknown] ?? 0) + 1;
        return unknown === undefined || UpdatePolicy ? [[id, resource]] : [];
      }),
    );
  for (const file of readdirSync(assembly).filter((name) => name.endsWith(".template.json")))
    change(join(assembly, file), reduce);
  return taken;
}

/** Adds a resource to a stack that MiniStack cannot make, and that is tried when all others are there. */
export function failAtLast(assembly: string, stack: string): void {
  const file = `${stack}.template.json`;
  change(join(assembly, file), (resources) => ({
    ...resources,
    Impossible: { Type: "AWS::CloudWatch::Alarm", Properties: { Metrics: [] }, DependsOn: Object.keys(resources) },
  }));
  rename(assembly, stack);
}

/**
 * Gives a changed template another address: the CDK uploads nothing to an address at which there is something, and has
 * computed the address from what it synthesized.
 */
function rename(assembly: string, stack: string): void {
  const list = join(assembly, `${stack}.assets.json`);
  const { files }: { readonly files: Readonly<Record<string, { readonly source: { readonly path: string } }>> } =
    JSON.parse(readFileSync(list, "utf8"));
  const [hash = ""] = Object.entries(files).find(([, { source }]) => source.path === `${stack}.template.json`) ?? [];
  const other = [...hash].toReversed().join("");
  for (const path of [list, join(assembly, "manifest.json")])
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(hash, other));
}
