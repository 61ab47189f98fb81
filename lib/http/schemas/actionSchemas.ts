import * as v from "valibot";
import { payload } from "./contentSchemas.ts";
import { metadata, object, text, uri } from "./schemas.ts";
import { canRunScript } from "./webAddress.ts";

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

/** The buttons of a message. Source: the vendor's OpenAPI description, "action". */
export const actions = v.pipe(
  v.array(
    v.variant("type", [
      object({
        type: v.literal("buy"),
        ...button,
        amount: v.pipe(v.number(), v.integer()),
        currency: v.optional(text(1, 3)),
      }),
      object({ type: v.literal("link"), ...button, ...opening, uri: target }),
      object({ type: v.literal("locationRequest"), ...button }),
      object({ type: v.literal("postback"), ...button, payload }),
      object({ type: v.literal("reply"), ...button, payload, iconUrl: v.optional(uri) }),
      object({
        type: v.literal("webview"),
        ...button,
        ...opening,
        uri: target,
        fallback: target,
        size: v.optional(v.picklist(["compact", "tall", "full"])),
        openOnReceive: v.optional(v.boolean()),
      }),
    ]),
  ),
  v.check(
    (list) => list.filter((action) => action.type === "webview" && action.openOnReceive).length <= 1,
    "should have 'openOnReceive' in one item at most",
  ),
);
