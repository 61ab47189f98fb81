import * as v from "valibot";
import { object, text } from "./schemas.ts";
import { validate } from "./validate.ts";

/** The query of an upload. Source: the vendor's OpenAPI description, "Upload Attachment". */
const uploadQuery = object({
  access: v.optional(v.picklist(["public", "private"]), "public"),
  for: v.optional(v.literal("message")),
  conversationId: v.optional(text(1, 64)),
});

/** Reads the query of an upload. */
export function readUploadQuery(query: URLSearchParams) {
  const given = (name: string) => query.get(name) || undefined;
  const {
    access,
    for: purpose,
    conversationId,
  } = validate(uploadQuery, {
    access: given("access"),
    for: given("for"),
    conversationId: given("conversationId"),
  });
  return { access, forMessage: purpose === "message", conversationId };
}
