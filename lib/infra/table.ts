import { AttributeType, Billing, type CfnGlobalTable, StreamViewType, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { variable } from "../api/environment.ts";
import type { TableAction } from "../api/routes.ts";
import { tableDefinition } from "../api/tableDefinition.ts";
import type { Access } from "./access.ts";
import type { Settings } from "./settings.ts";
import { tableKey } from "./tableKey.ts";

/** The one DynamoDB table of `lib/api/tableDefinition.ts`. */
export class Table extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const { partitionKey, sortKey, orderIndex, timeToLive } = tableDefinition;
    const text = (name: string) => ({ name, type: AttributeType.STRING });
    this.table = new TableV2(this, "Table", {
      partitionKey: text(partitionKey),
      sortKey: text(sortKey),
      localSecondaryIndexes: [{ indexName: orderIndex.name, sortKey: text(orderIndex.sortKey) }],
      timeToLiveAttribute: timeToLive,
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: settings.production,
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      removalPolicy: settings.removal,
    });
    if (settings.production) this.encryptWithOwnKey(settings);
  }

  /** Grants exactly these actions, or none, on exactly this table, and on its index if the Lambda queries. */
  access(actions: readonly TableAction[]): Access {
    const index = `${this.table.tableArn}/index/${tableDefinition.orderIndex.name}`;
    const statement = new PolicyStatement({
      actions: actions.map((action) => `dynamodb:${action}`),
      resources: [this.table.tableArn, ...(actions.includes("Query") ? [index] : [])],
    });
    return {
      statements: actions.length === 0 ? [] : [statement],
      environment: { [variable.tableName]: this.table.tableName },
    };
  }

  /**
   * Encrypts the table with a customer-managed key. TableV2 accepts one only if the region is known at synthesis;
   * CloudFormation itself needs no region.
   */
  private encryptWithOwnKey(settings: Settings): void {
    const key = tableKey(this, "Key", settings);
    // The default child of a TableV2 is its CfnGlobalTable.
    const resource = this.table.node.defaultChild as CfnGlobalTable;
    resource.addPropertyOverride("SSESpecification", { SSEEnabled: true, SSEType: "KMS" });
    resource.addPropertyOverride("Replicas.0.SSESpecification", { KMSMasterKeyId: key.keyArn });
  }
}
