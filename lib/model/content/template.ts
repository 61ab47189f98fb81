import { type JsonRecord, listOf, recordOf } from "../values/providerValue.ts";
import { type ContentKind, linesOf } from "./contentKind.ts";

/** Source: the vendor's OpenAPI description, "templateMessage". */
export interface TemplateContent {
  readonly type: "template";
  /** None: its parts are what is said. */
  readonly text?: undefined;
  /** A template message in WhatsApp's own form. */
  readonly template: JsonRecord;
  readonly blockChatInput?: boolean | undefined;
}

export const templateKind: ContentKind<TemplateContent> = {
  kept: (content) => content,
  fallback: textOfTemplate,
  wire: (content) => ({ ...content, textFallback: textOfTemplate(content) }),
};

/**
 * Writes a template as text: WhatsApp alone knows its words, so it is its name and what is filled in.
 * @see https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates
 */
function textOfTemplate({ template }: TemplateContent): string {
  const texts = listOf(template.components).flatMap((component) =>
    listOf(recordOf(component).parameters).map((parameter) => textIn(recordOf(parameter).text)),
  );
  return linesOf(textIn(template.name), ...texts);
}

const textIn = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
