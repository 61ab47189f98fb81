import { Validations } from "aws-cdk-lib";
import { EventSourceMapping, type EventSourceMappingOptions, type IFunction } from "aws-cdk-lib/aws-lambda";
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption, type QueueProps } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";

/** What every queue has. */
export const everyQueue = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;

/** A queue of type FIFO whose limits apply to each group instead of the whole queue ("high throughput"). */
export const ordered = {
  fifo: true,
  deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
  fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
} as const;

/** Makes a queue of dead letters. */
export function deadLetterQueue(scope: Construct, id: string, props: QueueProps): Queue {
  const queue = new Queue(scope, id, props);
  Validations.of(queue).acknowledge({
    id: "Serverless-SQSRedrivePolicy",
    reason: "These are the dead letters; an alarm goes off at the first.",
  });
  return queue;
}

/** The right to take messages from a queue, as Lambda does for a worker that the queue invokes. */
export const takeActions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"] as const;

/** Makes a queue invoke a worker, which reports success for each message. */
export function invokeByQueue(
  scope: Construct,
  id: string,
  { queue, worker }: { readonly queue: Queue; readonly worker: IFunction },
  bounds: Pick<EventSourceMappingOptions, "batchSize" | "maxConcurrency">,
): void {
  const source = new EventSourceMapping(scope, id, {
    target: worker,
    eventSourceArn: queue.queueArn,
    reportBatchItemFailures: true,
    ...bounds,
  });
  Validations.of(source).acknowledge({
    id: "Serverless-LambdaEventSourceMappingDestination",
    reason: "A queue has no such destination; what fails too often goes to the queue's dead letters.",
  });
}
