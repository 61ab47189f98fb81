import { Duration } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { variable } from "../../api/environment.ts";
import type { Access } from "../access.ts";
import type { Settings } from "../settings.ts";
import { deadLetterQueue, everyQueue, invokeByQueue, ordered, takeActions } from "./workedQueue.ts";

/** The time-out of the Lambda that calls channels: two requests, of 20 seconds each at most, and the table's work. */
export const callTimeout = Duration.seconds(50);

/** The wait of a task whose Lambda ended early; one that is to be done later is held for as long as it asks. */
const visibilityTimeout = Duration.minutes(1);

/**
 * Tries of a task, as many as SQS allows: a day of attempts at a provider that is out of order takes 300 of them, after
 * which the task itself ends.
 */
const tries = 1_000;

/** The retention of tasks, and of those that failed by a fault of ours. */
const retention = Duration.days(14);

/**
 * The instances of the Lambda that calls channels, which are shared with requests; each does one task, so that none waits
 * for a provider that is not its own.
 */
const calls = { batchSize: 1, maxConcurrency: 100 } as const;

/**
 * The queue of what is to be done at channels' providers, and of tasks that failed by a fault of ours. It keeps the order
 * of each conversation of a person: while one of its tasks is held, those behind it wait.
 */
export class ChannelTasks extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const queueProps = {
      ...everyQueue,
      ...ordered,
      retentionPeriod: retention,
      removalPolicy: settings.removal,
    };
    this.deadLetters = deadLetterQueue(this, "DeadLetters", queueProps);
    this.queue = new Queue(this, "Queue", {
      ...queueProps,
      visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: tries },
    });
  }

  /** Grants queueing tasks. */
  sendAccess(): Access {
    const statement = new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [this.queue.queueArn] });
    return { statements: [statement], environment: { [variable.channelQueueUrl]: this.queue.queueUrl } };
  }

  /** Grants taking tasks, holding them, and burying those that failed by a fault of ours. */
  consumeAccess(): Access {
    const take = new PolicyStatement({
      actions: [...takeActions, "sqs:ChangeMessageVisibility"],
      resources: [this.queue.queueArn],
    });
    const bury = new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [this.deadLetters.queueArn] });
    return {
      statements: [take, bury],
      environment: {
        [variable.channelQueueUrl]: this.queue.queueUrl,
        [variable.channelDeadLetterQueueUrl]: this.deadLetters.queueUrl,
      },
    };
  }

  /** Makes the queue invoke the worker with one task at a time. */
  invoke(worker: IFunction): void {
    invokeByQueue(this, "Source", { queue: this.queue, worker }, calls);
  }
}
