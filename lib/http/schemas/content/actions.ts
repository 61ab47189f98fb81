import * as v from "valibot";
import { metadata, object, text, uri } from "../schemas.ts";
import { canRunScript } from "../webAddress.ts";

/** The payload that a button returns when it is pressed; the vendor states no limit for it. */
export const payload = text(0, 4096);

/**
 * The common fields of a button. The vendor states no limit for its text: a person answers with it, so it may be as
 * long as a message.
 */
const button = { text: text(0, 4096), metadata: v.nullish(metadata) };

/**
 * The target of a button. Apps have schemes and forms of their own, so every address is accepted that cannot run script
 * in a client.
 */
const target = v.pipe(
  text(1, 2048),
  v.check((value) => !canRunScript(value), "should not be an address that can run script"),
);

const opening = {
  default: v.optional(v.boolean()),
  extraChannelOptions: v.optional(
    object({
      messenger: v.optional(
        object({
          messenger_extensions: v.optional(v.boolean()),
          webview_share_button: v.optional(v.literal("hide")),
        }),
      ),
    }),
  ),
};

const buy = object({
  type: v.literal("buy"),
  ...button,
  amount: v.pipe(v.number(), v.integer()),
  currency: v.optional(text(1, 3)),
});
const link = object({ type: v.literal("link"), ...button, ...opening, uri: target });
const locationRequest = object({ type: v.literal("locationRequest"), ...button });
const postback = object({ type: v.literal("postback"), ...button, payload });
const reply = object({ type: v.literal("reply"), ...button, payload, iconUrl: v.optional(uri) });
const webview = object({
  type: v.literal("webview"),
  ...button,
  ...opening,
  uri: target,
  fallback: target,
  size: v.optional(v.picklist(["compact", "tall", "full"])),
  openOnReceive: v.optional(v.boolean()),
});

/** Tells whether at most one button opens by itself. */
export const opensOnce = (list: readonly { readonly type: string; readonly openOnReceive?: boolean | undefined }[]) =>
  list.filter((action) => action.type === "webview" && action.openOnReceive).length <= 1;
export const once = "should have 'openOnReceive' in one item at most";

/** The buttons of a message. Source: the vendor's OpenAPI description, "action". */
export const actions = v.pipe(
  v.array(v.variant("type", [buy, link, locationRequest, postback, reply, webview])),
  v.check((list) => opensOnce(list), once),
);

/** The buttons of an item or a list. Source: the vendor's OpenAPI description, "actionSubset". */
export const itemActions = (max: number) =>
  v.pipe(
    v.array(v.variant("type", [buy, link, postback, webview])),
    v.minLength(1, "should NOT have fewer than 1 items"),
    v.maxLength(max, `should NOT have more than ${max} items`),
    v.check((list) => opensOnce(list), once),
  );

/** Refused, because only the reader would miss buttons that are dropped silently. */
export const noActions = v.optional(
  v.pipe(v.array(v.custom<never>(() => true)), v.maxLength(0, "should NOT have more than 0 items")),
);
