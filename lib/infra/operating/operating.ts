import { CfnOutput, Duration, Stack, Validations } from "aws-cdk-lib";
import type { HttpStage } from "aws-cdk-lib/aws-apigatewayv2";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { variable } from "../../api/environment.ts";
import { workers } from "../../api/routes.ts";
import type { Access } from "../access.ts";
import type { Watched } from "../alarms.ts";
import { OperationFunction, type OperationFunctionProps } from "../operationFunction.ts";
import { Backup } from "./backup.ts";
import { addBudget } from "./budget.ts";
import { Edge } from "./edge.ts";
import { saveLogQueries } from "./logQueries.ts";
import { watchCanary, watchRefusals, watchSilence } from "./trafficAlarms.ts";

interface OperatingProps {
  readonly watched: Watched;
  readonly stages: readonly HttpStage[];
  /** The regional target of the API's own domain, if it has one. */
  readonly domainTarget: string | undefined;
  /** Hears of alarms; on the dev stage there is none. */
  readonly topic: ITopic | undefined;
  /** The properties that all Lambdas share. */
  readonly lambda: Omit<OperationFunctionProps, "access" | "description">;
  /** What the canary may do: read the account key, and know the table's name, which every Lambda needs to start. */
  readonly canaryAccess: readonly Access[];
}

/** Everything for the operator of a stage beyond its alarms and its dashboard, each as the settings ask for it. */
export class Operating extends Construct {
  constructor(scope: Construct, id: string, props: OperatingProps) {
    super(scope, id);
    const { watched, stages, domainTarget, topic } = props;
    const { settings, api, table } = watched;
    const { backupDays, edgeCertificateArn, silenceMinutes, canaryAppId, monthlyBudget } = settings.operating;
    if (backupDays !== undefined) new Backup(this, "Backup", { settings, table, days: backupDays, topic });
    if (edgeCertificateArn !== undefined && domainTarget !== undefined) {
      const edge = new Edge(this, "Edge", {
        settings,
        certificateArn: edgeCertificateArn,
        target: domainTarget,
        stages,
      });
      new CfnOutput(Stack.of(this), "EdgeTarget", {
        value: edge.domainName,
        description: `Point a CNAME or alias record of ${settings.domain?.name} here`,
      });
    }
    if (canaryAppId !== undefined) this.addCanary(canaryAppId, props);
    if (topic) watchRefusals(this, topic, api);
    if (topic && silenceMinutes !== undefined) watchSilence(this, topic, { api, minutes: silenceMinutes });
    if (settings.production) saveLogQueries(this, settings.stage);
    if (monthlyBudget !== undefined && settings.alarmEmail !== undefined)
      addBudget(this, "Budget", { dollars: monthlyBudget, email: settings.alarmEmail });
  }

  private addCanary(appId: string, { lambda, canaryAccess, topic }: OperatingProps): void {
    const { summary } = workers.probeUsers;
    const canary = new OperationFunction(Stack.of(this), "probeUsers", {
      ...lambda,
      description: summary,
      access: canaryAccess,
      environment: { ...lambda.environment, [variable.canaryAppId]: appId },
      // Five calls, each with a cold start at worst.
      timeout: Duration.minutes(2),
    });
    const rule = new Rule(this, "CanarySchedule", {
      description: summary,
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [new LambdaFunction(canary.live, { retryAttempts: 0 })],
    });
    Validations.of(rule).acknowledge({
      id: "Serverless-EventBusDLQ",
      reason: "A turn that is lost holds nothing, and the alarm sees that it is missing.",
    });
    if (topic) watchCanary(this, topic, canary.live);
  }
}
