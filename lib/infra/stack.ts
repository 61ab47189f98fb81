import { CfnOutput, Stack, Tags } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { variable } from "../api/environment.ts";
import { type Route, routes, type Worker, workers } from "../api/routes.ts";
import { AccountKey } from "./accountKey.ts";
import { Alarms, type Watched } from "./alarms.ts";
import type { FunctionCode } from "./bundling/functionCode.ts";
import { addDashboard } from "./dashboard.ts";
import { DeliveryQueue } from "./deliveryQueue.ts";
import { Deployment } from "./deployment.ts";
import { OperationFunction } from "./operationFunction.ts";
import { OperationGroup } from "./operationGroup.ts";
import { PublicApi } from "./publicApi.ts";
import { scheduledFunction } from "./scheduledFunction.ts";
import { type SdkFiles, SdkHosting } from "./sdkHosting.ts";
import { readSettings } from "./settings.ts";
import { Table } from "./table.ts";

export interface SunroomStackProps {
  /** The code of each operation's Lambda. */
  readonly code: FunctionCode;
  readonly sdk: SdkFiles;
}

/** All resources of one stage of Sunroom, derived from `lib/api/routes.ts` and `lib/api/tableDefinition.ts`. */
export class SunroomStack extends Stack {
  constructor(scope: Construct, { code, sdk }: SunroomStackProps) {
    const settings = readSettings(scope.node);
    super(scope, `Sunroom-${settings.stage}`, {
      description: `Sunroom: users and conversations (${settings.stage})`,
      terminationProtection: settings.production,
    });
    Tags.of(this).add("application", "sunroom");
    Tags.of(this).add("stage", settings.stage);

    const table = new Table(this, "Table", settings);
    const accountKey = new AccountKey(this, "AccountKey", settings);
    const deliveries = new DeliveryQueue(this, "Deliveries", settings);
    const api = new PublicApi(this, "Api", settings);
    const hosting = new SdkHosting(this, "SdkHosting", { settings, files: sdk, apiUrl: api.url });
    const deployment = settings.production
      ? this.watch({ settings, api: api.http, table: table.table, deliveries })
      : undefined;

    const common = { settings, code, environment: { [variable.publicUrl]: api.url }, deployment };
    const accessOf = (route: Route) => [
      ...(route.table.length > 0 ? [table.access(route.table)] : []),
      ...(route.scopes.includes("account") ? [accountKey.access()] : []),
      ...(route.queue === "send" ? [deliveries.sendAccess()] : []),
    ];
    const groups = Object.entries(byFamily(routes)).map(
      ([family, operations]) => new OperationGroup(this, family, { ...common, api: api.http, operations, accessOf }),
    );
    for (const [operation, { source, table: actions, summary }] of Object.entries<Worker>(workers)) {
      const props = { ...common, description: summary };
      if (source === "schedule") {
        scheduledFunction(this, operation, { ...props, access: [table.access(actions)] });
        continue;
      }
      const access = [table.access(actions), deliveries.consumeAccess()];
      deliveries.invoke(new OperationFunction(this, operation, { ...props, access }).live);
    }
    for (const published of api.publish(settings, routes)) published.node.addDependency(...groups);

    this.output("ApiUrl", api.url, "The base URL of the API");
    this.output("SdkUrl", hosting.scriptUrl, "The web SDK's script, which makes the global Smooch");
    this.output("TableName", table.table.tableName, "The DynamoDB table");
    this.output("AccountKeyArn", accountKey.arn, "The secret that holds the account key");
    this.output(
      "AccountKeyCommand",
      `aws secretsmanager get-secret-value --secret-id ${accountKey.arn} --query SecretString --output text`,
      "Prints the account key",
    );
  }

  /** Makes alarms, the dashboard, and deployments that obey the alarms. */
  private watch(watched: Watched): Deployment {
    const alarms = new Alarms(this, "Alarms", watched);
    addDashboard(this, "Dashboard", watched);
    this.output("AlarmTopicArn", alarms.topic.topicArn, "Subscribe here to be told of alarms");
    return new Deployment(this, "Deployment", alarms.ofDeployments);
  }

  private output(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}

/**
 * Groups the operations by their callers: a business's server (`Rest`), a Messaging SDK (`Sdk`), a channel (`Channel`).
 */
function byFamily(all: Readonly<Record<string, Route>>): Record<string, Record<string, Route>> {
  const families: Record<string, Record<string, Route>> = {};
  for (const [operation, route] of Object.entries(all)) {
    const family = operation.startsWith("sdk") ? "Sdk" : operation.startsWith("channel") ? "Channel" : "Rest";
    families[family] = { ...families[family], [operation]: route };
  }
  return families;
}
