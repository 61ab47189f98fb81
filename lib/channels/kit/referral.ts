import type { Referral } from "../../model/channel.ts";
import { idOf, lineOf, textOf, withoutUndefined } from "../../model/values/providerValue.ts";

/** UTF-16 units that are kept of a referral's code: Meta allows 2083 characters of its own. */
const codeLimit = 2083;

/** Makes a referral of what a provider tells; `undefined` if that is nothing. */
export function referralOf(told: {
  readonly code?: unknown;
  readonly source?: unknown;
  readonly type?: unknown;
  readonly adId?: unknown;
}): Referral | undefined {
  const code = textOf(told.code, codeLimit) || undefined;
  const details = withoutUndefined({
    source: lineOf(told.source, 128),
    type: lineOf(told.type, 128),
    adId: idOf(told.adId),
  });
  const hasDetails = Object.keys(details).length > 0;
  if (code === undefined && !hasDetails) return undefined;
  return withoutUndefined({ code, details: hasDetails ? details : undefined });
}
