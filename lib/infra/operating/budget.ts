import { CfnBudget } from "aws-cdk-lib/aws-budgets";
import type { Construct } from "constructs";

/**
 * Makes a budget of the account's month, and mails when 80 % of it are spent, and when all of it will be. It counts the
 * whole account: a filter by tags would count nothing, silently, until its owner activates them in the billing console.
 */
export function addBudget(scope: Construct, id: string, { dollars, email }: { dollars: number; email: string }): void {
  const subscribers = [{ subscriptionType: "EMAIL", address: email }];
  const over = (notificationType: "ACTUAL" | "FORECASTED", threshold: number) => ({
    notification: { notificationType, threshold, thresholdType: "PERCENTAGE", comparisonOperator: "GREATER_THAN" },
    subscribers,
  });
  new CfnBudget(scope, id, {
    budget: { budgetType: "COST", timeUnit: "MONTHLY", budgetLimit: { amount: dollars, unit: "USD" } },
    notificationsWithSubscribers: [over("ACTUAL", 80), over("FORECASTED", 100)],
  });
}
