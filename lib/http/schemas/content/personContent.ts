import * as v from "valibot";
import { object } from "../schemas.ts";
import { personFormResponse } from "./formResponseContent.ts";
import { personLocation } from "./locationContent.ts";
import { media } from "./media.ts";
import { personText } from "./textContent.ts";

/**
 * A message of an SDK's user. Rich text and buttons are for the business: from a user they would show a stranger's HTML
 * and links on the screens of agents. Source: the vendor's guide "About rich text formatting".
 */
export const personContent = v.pipe(
  v.variant("type", [
    personText,
    object({ type: v.literal("image"), ...media }),
    object({ type: v.literal("file"), ...media }),
    personLocation,
    personFormResponse,
  ]),
  v.check(
    // The text of a button may be empty; it is the person's answer.
    (value) => value.type !== "text" || value.text !== "" || value.payload !== undefined,
    "should NOT have an empty 'text', unless it has 'payload'",
  ),
);
