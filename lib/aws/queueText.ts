/**
 * Writes a value as JSON that a queue takes: SQS refuses a message with U+FFFE or U+FFFF, the only characters beyond
 * ASCII that `JSON.stringify` leaves although XML has none of them. Escaped, they are read again as they were.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export const queueText = (value: object): string =>
  JSON.stringify(value).replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
