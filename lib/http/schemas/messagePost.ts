import * as v from "valibot";
import { author } from "./author.ts";
import { content } from "./content/content.ts";
import { jsonObject } from "./content/jsonObject.ts";
import { emptyAsAbsent, notOffered } from "./notOffered.ts";
import { metadata, object, text } from "./schemas.ts";

/** One integration, or one type of them; `none` for a silent message. Source: the vendor's OpenAPI description. */
const destination = v.pipe(
  object({ integrationId: v.optional(text(1, 64)), integrationType: v.optional(text(1, 64)) }),
  v.check(
    ({ integrationId, integrationType }) => (integrationId === undefined) !== (integrationType === undefined),
    "should have either 'integrationId' or 'integrationType'",
  ),
);

const raw = v.optional(object({ payload: jsonObject }));
const channels = ["line", "messenger", "whatsapp"] as const;

/** What channels are sent instead of the content. */
export const override = v.pipe(
  object({
    line: raw,
    messenger: raw,
    whatsapp: raw,
    apple: v.optional(
      v.pipe(
        v.custom<never>(() => true),
        notOffered<never>("message overrides of Apple Messages for Business"),
      ),
    ),
  }),
  v.check(
    (value) => channels.some((channel) => value[channel] !== undefined),
    "should have a property 'line', 'messenger' or 'whatsapp'",
  ),
);

/** What the business alone says: a user's is refused, as an SDK's user cannot say it. */
const ofBusiness = ["carousel", "form", "list", "template"];

/** The body of `postMessage`. Source: the vendor's OpenAPI description, "messagePost". */
export const messagePost = v.pipe(
  object({
    author,
    content,
    metadata: v.nullish(metadata),
    destination: emptyAsAbsent(destination),
    override: emptyAsAbsent(override),
    schema: emptyAsAbsent(v.literal("whatsapp")),
  }),
  v.check(
    ({ author, content }) => author.type === "business" || !ofBusiness.includes(content.type),
    'content.type of a user should be equal to one of the allowed values ("text" | "image" | "file" | "location")',
  ),
  v.check(
    ({ author, destination, override }) => author.type === "business" || (destination ?? override) === undefined,
    "author.type should be \"business\" for a message with 'destination' or 'override'",
  ),
  v.check(
    ({ content, schema }) => content.type !== "template" || schema === "whatsapp",
    'schema should be equal to one of the allowed values ("whatsapp") for content of type "template"',
  ),
  v.check(
    ({ content, schema }) => content.type === "template" || schema === undefined,
    "content.type should be equal to one of the allowed values (\"template\") for a message with 'schema'",
  ),
);
