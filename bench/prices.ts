/** AWS's prices in US dollars, in us-east-1 without the free tier. */
export const prices = {
  source: [
    "https://aws.amazon.com/dynamodb/pricing/on-demand/",
    "https://aws.amazon.com/lambda/pricing/",
    "https://aws.amazon.com/api-gateway/pricing/",
    "https://aws.amazon.com/sqs/pricing/",
  ],
  /** The date of the list; check the sources before you rely on a figure. */
  date: "2026-11-24",
  /** DynamoDB on demand, standard table class, a million request units. */
  millionWriteUnits: 0.625,
  millionReadUnits: 0.125,
  /** Lambda on arm64. */
  millionInvocations: 0.2,
  gigabyteSecond: 0.0000133334,
  /** An HTTP API's first 300 million requests a month. */
  millionHttpRequests: 1,
  /** A queue of type FIFO: a million calls, each of up to 64 kB. */
  millionFifoCalls: 0.5,
  /** DynamoDB's storage and point-in-time recovery, a gigabyte and month. */
  gigabyteStored: 0.25,
  gigabyteBackedUp: 0.2,
  /** CloudWatch Logs, a gigabyte taken in; data transfer out to the internet, a gigabyte. */
  gigabyteLogged: 0.5,
  gigabyteOut: 0.09,
} as const;

/** Memory of every Lambda, and the share of a core that Lambda gives for it: one core at 1769 MB. */
const lambda = { gigabytes: 0.5, cores: 512 / 1769 } as const;

/**
 * Computes the cost of a million requests of a kind.
 * @param use.milliseconds the handler's time, waiting included, on a whole core
 * @param use.cpuMilliseconds the CPU in it, which takes longer on the share of a core that is paid for
 */
export function costOfMillion(use: {
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
}): {
  readonly dynamodb: number;
  readonly lambda: number;
  readonly gateway: number;
  readonly billedMilliseconds: number;
} {
  const billedMilliseconds = Math.ceil(
    Math.max(0, use.milliseconds - use.cpuMilliseconds) + use.cpuMilliseconds / lambda.cores,
  );
  return {
    dynamodb: use.readUnits * prices.millionReadUnits + use.writeUnits * prices.millionWriteUnits,
    lambda: prices.millionInvocations + billedMilliseconds * 1_000 * lambda.gigabytes * prices.gigabyteSecond,
    gateway: prices.millionHttpRequests,
    billedMilliseconds,
  };
}
