import { CfnOutput, Stack, Tags } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { variable } from "../api/environment.ts";
import { type Route, routes, type Worker, workers } from "../api/routes.ts";
import type { Access } from "./access.ts";
import { AccountKey } from "./accountKey.ts";
import { Alarms, type Watched } from "./alarms.ts";
import type { FunctionCode } from "./bundling/functionCode.ts";
import { addDashboard } from "./dashboard.ts";
import { Deployment } from "./deployment.ts";
import { Attachments } from "./files/attachments.ts";
import { Operating } from "./operating/operating.ts";
import { OperationFunction, type OperationFunctionProps } from "./operationFunction.ts";
import { groupOf, OperationGroup } from "./operationGroup.ts";
import { PublicApi } from "./publicApi.ts";
import { ChannelTasks, callTimeout } from "./queues/channelTasks.ts";
import { DeliveryQueue } from "./queues/deliveryQueue.ts";
import { deliverTimeout, EventPipeline, publishTimeout } from "./queues/eventPipeline.ts";
import { scheduledFunction } from "./scheduledFunction.ts";
import { SdkHosting, sdkFileRoutes } from "./sdkHosting.ts";
import { readSettings } from "./settings.ts";
import { Table } from "./table.ts";

export interface SunroomStackProps {
  /** The code of each operation's Lambda. */
  readonly code: FunctionCode;
}

/** The sources of what workers do, and what they work on. */
interface Sources {
  readonly table: Table;
  readonly deliveries: DeliveryQueue;
  readonly events: EventPipeline;
  readonly tasks: ChannelTasks;
  readonly attachments: Attachments;
}

/** All resources of one stage of Sunroom, derived from `lib/api/routes.ts` and `lib/api/tableDefinition.ts`. */
export class SunroomStack extends Stack {
  constructor(scope: Construct, { code }: SunroomStackProps) {
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
    const events = new EventPipeline(this, "Events", settings);
    const tasks = new ChannelTasks(this, "Tasks", settings);
    const attachments = new Attachments(this, "Files", settings);
    const api = new PublicApi(this, "Api", settings);
    const hosting = new SdkHosting(this, "SdkHosting", { settings, api });
    const watched = { settings, api: api.http, table: table.table, deliveries, events, tasks };
    const alarms = settings.production ? this.alarms(watched) : undefined;
    const deployment = alarms && new Deployment(this, "Deployment", alarms.ofDeployments);

    const common = { settings, code, environment: { [variable.publicUrl]: api.url }, deployment };
    const accessOf = (route: Route) => [
      ...(route.table.length > 0 ? [table.access(route.table)] : []),
      ...(route.scopes.includes("account") ? [accountKey.access()] : []),
      ...(route.queue === "send" ? [deliveries.sendAccess()] : []),
      ...(route.eventQueue === "send" ? [events.sendAccess()] : []),
      ...(route.channelQueue === "send" ? [tasks.sendAccess()] : []),
      ...(route.files === undefined ? [] : [attachments.access(route.files)]),
    ];
    const served: Readonly<Record<string, Route>> = { ...routes, ...sdkFileRoutes };
    const groups = Object.entries(byGroup(served)).map(
      ([group, operations]) => new OperationGroup(this, group, { ...common, api: api.http, operations, accessOf }),
    );
    const stages = api.publish(settings, served);
    for (const published of stages) published.node.addDependency(...groups);
    this.addWorkers(common, { table, deliveries, events, tasks, attachments });
    const { domainTarget } = api;
    const canaryAccess = [accountKey.access(), { statements: [], environment: table.access([]).environment }];
    const operated = { watched, stages, domainTarget, topic: alarms?.topic, lambda: common, canaryAccess };
    new Operating(this, "Operating", operated);
    if (alarms) {
      alarms.watchStream(events, attachments);
      addDashboard(this, "Dashboard", watched);
    }

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

  /** Makes the alarms, some of which deployments obey. */
  private alarms(watched: Watched): Alarms {
    const alarms = new Alarms(this, "Alarms", watched);
    this.output("AlarmTopicArn", alarms.topic.topicArn, "Subscribe here to be told of alarms");
    return alarms;
  }

  /** Makes the Lambdas without a route, each with its source. */
  private addWorkers(
    common: Omit<OperationFunctionProps, "access" | "description">,
    { table, deliveries, events, tasks, attachments }: Sources,
  ): void {
    for (const [operation, { source, table: actions, summary }] of Object.entries<Worker>(workers)) {
      const props = { ...common, description: summary };
      const make = (access: readonly Access[], own: Pick<OperationFunctionProps, "timeout"> = {}) =>
        new OperationFunction(this, operation, {
          ...props,
          ...own,
          access: [table.access(actions), ...access],
        }).live;
      if (source === "schedule") scheduledFunction(this, operation, { ...props, access: [table.access(actions)] });
      if (source === "deliveryQueue") deliveries.invoke(make([deliveries.consumeAccess()]));
      if (source === "tableStream") {
        const access = [events.publishAccess(table.table), events.sendAccess(), tasks.sendAccess()];
        events.publish(make(access, { timeout: publishTimeout }), table.table);
      }
      if (source === "attachmentStream") {
        const worker = make([events.publishAccess(table.table), attachments.access("delete")]);
        attachments.erase(worker, table.table, events);
      }
      if (source === "channelQueue") {
        const access = [tasks.consumeAccess(), attachments.access("write")];
        tasks.invoke(make(access, { timeout: callTimeout }));
      }
      if (source === "eventQueues") events.deliver(make([events.deliverAccess()], { timeout: deliverTimeout }));
    }
  }

  private output(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}

/** Groups the operations by their first route. */
function byGroup(all: Readonly<Record<string, Route>>): Record<string, Record<string, Route>> {
  const groups: Record<string, Record<string, Route>> = {};
  for (const [operation, route] of Object.entries(all)) {
    const group = groupOf(route.routeKeys[0] ?? "");
    groups[group] = { ...groups[group], [operation]: route };
  }
  return groups;
}
