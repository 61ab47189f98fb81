import * as v from "valibot";
import { object, text } from "../schemas.ts";
import { noActions } from "./actions.ts";
import { blockChatInput } from "./richText.ts";

const degrees = (limit: number) =>
  v.pipe(v.number(), v.minValue(-limit, `should be >= -${limit}`), v.maxValue(limit, `should be <= ${limit}`));

const place = {
  type: v.literal("location"),
  coordinates: object({ lat: degrees(90), long: degrees(180) }),
  location: v.optional(object({ address: v.optional(text(1, 1024)), name: v.optional(text(1, 1024)) })),
};

/** A place that a person sends. */
export const personLocation = object(place);

export const locationContent = object({ ...place, blockChatInput, actions: noActions });
