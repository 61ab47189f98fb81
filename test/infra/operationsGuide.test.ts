import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import { describe, expect, test } from "vitest";
import { routes } from "../../lib/api/routes.ts";
import { groupOf } from "../../lib/infra/operationGroup.ts";
import { sunroomApp, synthesize } from "./synthesize.ts";

/** What docs/operations.md says of the stack, held against the stack. */

const guide = readFileSync(fileURLToPath(new URL("../../docs/operations.md", import.meta.url)), "utf8");
const everything = {
  alarmEmail: "you@example.org",
  domainName: "api.example.org",
  certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/a",
  edgeCertificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/a",
  silenceMinutes: "30",
  canaryAppId: "0123456789abcdef01234567",
};
const prod = synthesize();
const metricsOf = ({ Properties }: { readonly Properties: Readonly<Record<string, unknown>> }): number =>
  Array.isArray(Properties.Metrics) ? Properties.Metrics.filter((metric) => "MetricStat" in metric).length : 1;

describe("the guide for operators", () => {
  test("explains every alarm, and how to respond to it", () => {
    const { stack } = sunroomApp(everything);
    const alarms = stack.node
      .findAll()
      .filter((construct) => construct instanceof Alarm)
      .map(({ node }) => node.id);
    expect(alarms).toHaveLength(17);
    for (const alarm of alarms) {
      expect(guide).toMatch(new RegExp(`^\\| ${alarm} +\\| `, "m"));
      expect(guide).toContain(`- **${alarm}**: `);
    }
  });

  test("counts the alarms' metrics, at $0.10 each", () => {
    const metrics = prod.of("AWS::CloudWatch::Alarm").reduce((sum, alarm) => sum + metricsOf(alarm), 0);
    expect(prod.of("AWS::CloudWatch::Alarm")).toHaveLength(15);
    expect(guide).toMatch(new RegExp(`fifteen alarms, of ${metrics} metrics +\\| \\$${(metrics / 10).toFixed(2)}`));
  });

  test("counts integrations, routes and resources", () => {
    const [integrations, paths] = ["Integration", "Route"].map((type) => prod.of(`AWS::ApiGatewayV2::${type}`).length);
    expect(guide.replaceAll(/\s+/g, " ")).toContain(`for each operation, ${integrations}, and ${paths} routes`);
    expect(guide).toContain(`about ${Math.round(prod.types.length / 100) * 100},`);
  });

  test("names every output", () => {
    for (const output of Object.keys(synthesize(everything).outputs)) expect(guide).toContain(`\`${output}\``);
  });

  test("names what an operator looks up by the beginning of its name", () => {
    const { stack } = sunroomApp(everything);
    const ids = stack.node.findAll().flatMap(({ node }) => node.path.split("/").slice(1).join(""));
    const named = [...guide.matchAll(/([A-Za-z]\w+)…/g)].flatMap(([, name]) => (name === "act_" ? [] : [name]));
    expect(named).toContain("EventsUnpublished");
    for (const name of named) expect(ids).toContain(name);
  });

  // Before, `Rest` held all of them but those of `Sdk` and `Channel`, which CloudFormation does not make again.
  test("deletes, of an earlier stage, the routes that have moved and no others", () => {
    for (const { routeKeys } of Object.values(routes)) {
      const stays = ["Rest", "Sdk", "Channel"].includes(groupOf(routeKeys[0] ?? ""));
      for (const routeKey of routeKeys)
        expect([routeKey, routeKey.includes(" /v2/apps") && !routeKey.endsWith("/sync")]).toEqual([routeKey, !stays]);
    }
    expect(guide).toContain("contains(RouteKey, ' /v2/apps') && !ends_with(RouteKey, '/sync')");
  });
});
