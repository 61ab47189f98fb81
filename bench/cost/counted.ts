/** The use of one request, as it is billed. `test/bench/cost.test.ts` counts it anew and holds each figure against it. */
export interface Counted {
  readonly calls: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /**
   * CPU of the handler in milliseconds of a whole core: from table 1 of `docs/performance.md`; assumed for
   * `postMessage` and `listMessages`, which it does not have.
   */
  readonly cpuMilliseconds: number;
}

/** Warm: the key, the app and the integration are in the Lambda's memory. */
export const counted = {
  createUser: { calls: 1, writeUnits: 1, readUnits: 0, cpuMilliseconds: 1.82 },
  getUser: { calls: 1, writeUnits: 0, readUnits: 1, cpuMilliseconds: 1.27 },
  sdkLoginNew: { calls: 2, writeUnits: 1, readUnits: 2, cpuMilliseconds: 2.31 },
  sdkCreateConversation: { calls: 1, writeUnits: 6, readUnits: 0, cpuMilliseconds: 2.15 },
  channelFirst: { calls: 2, writeUnits: 7, readUnits: 2, cpuMilliseconds: 3.02 },
  channelNext: { calls: 3, writeUnits: 3, readUnits: 2, cpuMilliseconds: 2.91 },
  postMessage: { calls: 2, writeUnits: 5, readUnits: 1, cpuMilliseconds: 2.5 },
  listMessages: { calls: 2, writeUnits: 0, readUnits: 2, cpuMilliseconds: 2 },
} as const satisfies Readonly<Record<string, Counted>>;

export type CountedRequest = keyof typeof counted;

/** The use of an event that one webhook hears, alone: from table 9 of `npm run bench`. */
export const countedEvent = { writeUnits: 2, readUnits: 5, queueCalls: 3, lambdaMillion: 1.23 } as const;
/** The same of a change that no webhook hears, published alone. */
export const countedChange = { readUnits: 2, lambdaMillion: 0.23 } as const;
