import { Duration } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { variable } from "../../api/environment.ts";
import type { Access } from "../access.ts";
import { functionTimeout } from "../operationFunction.ts";
import type { Settings } from "../settings.ts";
import { deadLetterQueue, everyQueue, invokeByQueue, takeActions } from "./workedQueue.ts";

/** Six times the worker's timeout, as Lambda demands; also the wait of an event before its next try. */
const visibilityTimeout = Duration.seconds(6 * functionTimeout.toSeconds());

/** Tries before an event is a dead letter: three hours of them, longer than any outage of DynamoDB so far. */
const tries = 120;

/** The queue of channel events that could not be stored when they came, and its dead letters. */
export class DeliveryQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const queueProps = {
      ...everyQueue,
      retentionPeriod: Duration.days(14),
      removalPolicy: settings.removal,
    };
    this.deadLetters = deadLetterQueue(this, "DeadLetters", queueProps);
    this.queue = new Queue(this, "Queue", {
      ...queueProps,
      visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: tries },
    });
  }

  /** Grants sending an event to the queue, or, if it can never be stored, to the dead letters. */
  sendAccess(): Access {
    const statement = new PolicyStatement({
      actions: ["sqs:SendMessage"],
      resources: [this.queue.queueArn, this.deadLetters.queueArn],
    });
    return {
      statements: [statement],
      environment: {
        [variable.deliveryQueueUrl]: this.queue.queueUrl,
        [variable.deadLetterQueueUrl]: this.deadLetters.queueUrl,
      },
    };
  }

  /** Grants the reads and deletions that Lambda does for a worker that the queue invokes. */
  consumeAccess(): Access {
    const statement = new PolicyStatement({
      actions: [...takeActions],
      resources: [this.queue.queueArn],
    });
    return { statements: [statement], environment: {} };
  }

  /** Makes the queue invoke the worker with ten events at a time, for each of which the worker reports success. */
  invoke(worker: IFunction): void {
    // A queue that filled during an outage must not take the instances that people wait for.
    invokeByQueue(this, "Source", { queue: this.queue, worker }, { batchSize: 10, maxConcurrency: 5 });
  }
}
