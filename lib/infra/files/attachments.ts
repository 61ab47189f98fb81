import { Duration, Names, Stack, Validations } from "aws-cdk-lib";
import type { IMetric } from "aws-cdk-lib/aws-cloudwatch";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { EventSourceMapping, FilterCriteria, type IFunction, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { S3OnFailureDestination } from "aws-cdk-lib/aws-lambda-event-sources";
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, HttpMethods } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { variable } from "../../api/environment.ts";
import { attachmentFilter } from "../../api/eventFilter.ts";
import type { Access } from "../access.ts";
import type { EventPipeline } from "../queues/eventPipeline.ts";
import type { Settings } from "../settings.ts";

/**
 * The files of attachments: a private bucket, read by links that are valid for minutes. A file is deleted when its
 * attachment leaves the table, by a Lambda that the table's stream invokes.
 */
export class Attachments extends Construct {
  readonly bucket: Bucket;
  private worker: IFunction | undefined;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    this.bucket = new Bucket(this, "Bucket", {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      // A page sends a form straight to the bucket, and reads what a link leads to.
      cors: [
        {
          allowedOrigins: ["*"],
          allowedMethods: [HttpMethods.GET, HttpMethods.HEAD, HttpMethods.POST],
          allowedHeaders: ["*"],
          maxAge: Duration.days(1).toSeconds(),
        },
      ],
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: settings.removal,
    });
    Validations.of(this.bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason: "Links to its files are made by a Lambda that logs each request; a second log would name the files.",
    });
    const stack = Stack.of(this);
    const resource = this.bucket.node.defaultChild as CfnBucket;
    const reason =
      "The Lambdas name the files, in no order that a pattern could tell; each has one action on this bucket.";
    // The bucket as the rules name it in this stack, and in the nested ones that refer to it.
    for (const name of [`${stack.getLogicalId(resource)}.Arn`, `referenceto${Names.nodeUniqueId(resource.node)}Arn`])
      Validations.of(stack).acknowledge({ id: `AwsSolutions-IAM5[Resource::<${name}>/*]`, reason });
  }

  /** Grants storing files, also by the forms that the Lambda signs; or handing them out by links; or deleting them. */
  access(use: "read" | "write" | "delete"): Access {
    const action = { read: "s3:GetObject", write: "s3:PutObject", delete: "s3:DeleteObject" }[use];
    return {
      statements: [new PolicyStatement({ actions: [action], resources: [this.bucket.arnForObjects("*")] })],
      environment: { [variable.attachmentsUrl]: `https://${this.bucket.bucketRegionalDomainName}` },
    };
  }

  /** Makes the table's stream invoke the worker with the attachments that left it; what fails for good is put aside. */
  erase(worker: IFunction, { tableStreamArn = "" }: TableV2, { unpublished }: EventPipeline): void {
    this.worker = worker;
    new EventSourceMapping(this, "Stream", {
      target: worker,
      eventSourceArn: tableStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(1),
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      maxRecordAge: Duration.hours(12),
      filters: [FilterCriteria.filter(attachmentFilter)],
      onFailure: new S3OnFailureDestination(unpublished),
      supportS3OnFailureDestination: true,
    });
  }

  /** Measures the milliseconds from the deletion of an attachment to that of its file. */
  erasingLag(period: Duration): IMetric {
    if (this.worker === undefined) throw new Error("Nothing deletes files yet.");
    return this.worker.metric("IteratorAge", { period, statistic: "max" });
  }
}
