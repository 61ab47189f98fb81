import type { WireRequest } from "../gateway.ts";
import { BadInput, type Fields, textOf } from "../localAction.ts";
import type { ControlCall } from "./controlPage.ts";

/**
 * Delivers a person's message: `person` is an id, or `{ id, name }`; `content` a text, or `{ type: "text", text }`. An
 * integration of the channel is made if there is none.
 */
export function deliverCall(deliverText: ControlCall, fields: Fields, request: WireRequest): object | Promise<object> {
  const { person, content, create = true, ...rest } = fields;
  return deliverText({ ...rest, create, ...personOf(person), text: contentOf(content) }, request);
}

function personOf(person: unknown): Fields {
  if (!isObject(person)) return { from: textOf({ person }, "person") };
  return { from: textOf(person, "id"), ...("name" in person ? { name: textOf(person, "name") } : {}) };
}

function contentOf(content: unknown): string {
  if (!isObject(content)) return textOf({ content }, "content");
  if (content.type !== "text") throw new BadInput("The field content has to be a text, or of the type text.");
  return textOf(content, "text");
}

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null;
