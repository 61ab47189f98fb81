import type { Item } from "./db.ts";
import { decodeItem } from "./decodeItem.ts";
import type { Key } from "./keys.ts";

/** An item in DynamoDB's own form. Bytes stand in base64 in a Lambda's event, and as bytes if an SDK read them. */
type Image = Readonly<Record<string, unknown>>;

/** A record of the table's stream, as a Lambda receives it. */
export interface StreamRecord {
  readonly eventName?: string | undefined;
  /** DynamoDB itself, if it deleted an expired item. */
  readonly userIdentity?:
    | { readonly type?: string | undefined; readonly principalId?: string | undefined }
    | null
    | undefined;
  readonly dynamodb?:
    | {
        readonly Keys?: Image | undefined;
        readonly NewImage?: Image | undefined;
        readonly OldImage?: Image | undefined;
        /** Seconds since 1970, or a time as an SDK reads it. */
        readonly ApproximateCreationDateTime?: number | string | Date | undefined;
      }
    | undefined;
}

/** The change of an item. */
export interface ItemChange {
  readonly key: Key;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  /** The time of the change, to the second or to the minute. */
  readonly at: string;
}

/** Reads a record of the table's stream; `undefined` if it tells that an item expired. */
export function readStreamRecord(record: StreamRecord): ItemChange | undefined {
  const { Keys, NewImage, OldImage, ApproximateCreationDateTime: time } = record.dynamodb ?? {};
  if (Keys === undefined || isExpiry(record)) return undefined;
  const { pk, sk } = itemOf(Keys);
  return {
    key: { pk, sk },
    before: OldImage && itemOf(OldImage),
    after: NewImage && itemOf(NewImage),
    at: (typeof time === "number" ? new Date(time * 1000) : new Date(time ?? Date.now())).toISOString(),
  };
}

/** Tells whether DynamoDB deleted the item after its time. DynamoDB Local calls that by no name that an SDK knows. */
const isExpiry = ({ eventName, userIdentity }: StreamRecord): boolean =>
  userIdentity?.principalId === "dynamodb.amazonaws.com" || eventName === "UNKNOWN_TO_SDK_VERSION";

/** An attribute's value in DynamoDB's own form, as far as engines write it differently. */
interface Attribute {
  readonly M?: Image;
  readonly L?: readonly Attribute[];
  readonly B?: unknown;
}

const itemOf = (image: Image): Item => decodeItem(completed(image) as Parameters<typeof decodeItem>[0]);

const completed = (image: Image): Image =>
  Object.fromEntries(Object.entries(image).map(([name, value]) => [name, withValue(value as Attribute)]));

/** Completes a value: decodes bytes in base64, and writes the empty map of which DynamoDB Local leaves nothing. */
function withValue(value: Attribute): Attribute {
  if (value.M) return { M: completed(value.M) };
  if (value.L) return { L: value.L.map(withValue) };
  if (typeof value.B === "string") return { B: new Uint8Array(Buffer.from(value.B, "base64")) };
  return Object.keys(value).length === 0 ? { M: {} } : value;
}
