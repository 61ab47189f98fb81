/**
 * The filter before the Lambda that publishes events, in the language of an event source mapping: of the table's stream
 * it passes the records of users, conversations, messages, and what became of messages on channels: the only items whose
 * changes are events.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export const eventFilter = {
  dynamodb: { Keys: { sk: { S: ["user", "conversation", { prefix: "message#" }, { prefix: "sent#" }] } } },
} as const;

/** The filter before the Lambda that deletes files: the removals of attachments, by whatever deleted or expired them. */
export const attachmentFilter = {
  eventName: ["REMOVE"],
  dynamodb: { Keys: { sk: { S: ["attachment"] } } },
} as const;
