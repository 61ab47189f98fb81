import { Duration, Validations } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  ApplicationLogLevel,
  Architecture,
  type IFunction,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Access } from "./access.ts";
import type { FunctionCode } from "./bundling/functionCode.ts";
import type { Deployment } from "./deployment.ts";
import type { Settings } from "./settings.ts";

/**
 * Megabytes of memory. Lambda gives CPU by memory: 512 MB are 0.29 of a core. A warm request needs one to three
 * milliseconds of CPU and waits for DynamoDB the rest of its time, so more memory would be paid for waiting; less would
 * slow down the signatures.
 */
const memorySize = 512;

/**
 * The time-out of a Lambda. A call of DynamoDB fails after four attempts of at most 2.5 seconds each; the answer still
 * has to be sent.
 */
export const functionTimeout = Duration.seconds(15);

export interface OperationFunctionProps {
  readonly settings: Settings;
  readonly code: FunctionCode;
  readonly description: string;
  readonly access: readonly Access[];
  readonly environment: Readonly<Record<string, string>>;
  /** The deployment of a new version; without it, all at once. */
  readonly deployment?: Deployment | undefined;
  /** The time-out, if it is not that of a request. */
  readonly timeout?: Duration;
  /** The instances reserved for it, which are also its maximum. */
  readonly reservedConcurrency?: number | undefined;
}

/** The Lambda of one operation, with its own log group and its own role; the construct's id is the operation's name. */
export class OperationFunction extends Construct {
  /** The target of callers: the function, or the alias `live` if versions are deployed gradually. */
  readonly live: IFunction;

  constructor(scope: Construct, operation: string, props: OperationFunctionProps) {
    super(scope, operation);
    const { settings, access } = props;
    const logGroup = new LogGroup(this, "Logs", { retention: settings.logRetention, removalPolicy: settings.removal });
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: {
        access: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
              resources: [logGroup.logGroupArn],
            }),
            ...(settings.production ? [sendTraces()] : []),
            ...access.flatMap(({ statements }) => statements),
          ],
        }),
      },
    });
    const lambda = new LambdaFunction(this, "Function", {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: props.code(operation),
      handler: "index.handler",
      memorySize,
      timeout: props.timeout ?? functionTimeout,
      // The role has everything in one policy, including all that a construct would add to it.
      role: role.withoutPolicyUpdates(),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      // The platform's two lines per request say nothing that ours does not, and would double the cost of the logs.
      systemLogLevelV2: SystemLogLevel.WARN,
      tracing: settings.production ? Tracing.ACTIVE : Tracing.DISABLED,
      environment: Object.assign({}, props.environment, ...access.map(({ environment }) => environment)),
      ...(props.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
    });
    this.live = props.deployment?.aliasOf(lambda) ?? lambda;
    this.acknowledge(role, lambda, settings);
  }

  private acknowledge(role: Role, lambda: LambdaFunction, settings: Settings): void {
    Validations.of(lambda).acknowledge({
      id: "Serverless-LambdaDLQ",
      reason:
        "It is invoked synchronously, or by a queue that has its own dead-letter queue, or by a stream whose failed records go to a bucket, or by a schedule, whose next turn goes on.",
    });
    const reason = "X-Ray's two write actions cannot be limited to a resource; nothing else is granted on *.";
    if (settings.production)
      Validations.of(role).acknowledge(
        { id: "AwsSolutions-IAM5[Resource::*]", reason },
        { id: "Serverless-LambdaStarPermissions", reason },
      );
    else Validations.of(lambda).acknowledge({ id: "Serverless-LambdaTracing", reason: "The dev stage is kept cheap." });
  }
}

/** @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html (no resource types) */
function sendTraces(): PolicyStatement {
  return new PolicyStatement({
    actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    resources: ["*"],
  });
}
