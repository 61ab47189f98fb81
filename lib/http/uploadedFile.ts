import { ApiError, apiError } from "../model/apiError.ts";
import { fileLimit, fileNameOf, mediaTypeOf } from "../model/files/attachment.ts";
import { type FormPart, readParts } from "../model/values/formData.ts";
import type { HttpRequest } from "./request.ts";

/** A file as a form brought it, under a name and a type that are safe to keep. */
export interface UploadedFile {
  readonly name: string;
  readonly mediaType: string;
  readonly content: Buffer;
  /** The other fields of the form, by name. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Bytes of a form beside its file. */
const besideFile = 100 * 1024;

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e5) / 10} MB`;

/**
 * Reads the file of a posted form, the part of this name.
 * @param formLimit bytes of a form that the API takes here
 * @throws ApiError `request_entity_too_large`, `bad_request` if it is no form with such a file
 */
export function readUploadedFile(request: HttpRequest, partName: string, formLimit: number): UploadedFile {
  const { rawBody, headers } = request;
  if (rawBody.length > formLimit + (formLimit === fileLimit ? besideFile : 0))
    throw new ApiError(
      "request_entity_too_large",
      formLimit < fileLimit
        ? `This form takes ${megabytes(formLimit)}. Upload files of up to ${megabytes(fileLimit)} by the form that POST /v2/apps/{appId}/attachments/uploads answers`
        : `Files are limited to ${megabytes(fileLimit)}`,
    );
  const parts = readParts(headers["content-type"], rawBody);
  if (parts === undefined) throw apiError.badRequest("The body must be multipart/form-data with a boundary");
  const file = parts.find(({ name }) => name === partName);
  if (file === undefined) throw apiError.badRequest(`should have required property '${partName}'`);
  if (file.content.length === 0) throw apiError.badRequest(`${partName} should NOT be empty`);
  if (file.content.length > fileLimit)
    throw new ApiError("request_entity_too_large", `Files are limited to ${megabytes(fileLimit)}`);
  return { ...describe(file), content: file.content, fields: fieldsOf(parts) };
}

function describe({ fileName = "", mediaType }: FormPart): Pick<UploadedFile, "name" | "mediaType"> {
  const name = fileNameOf(fileName);
  return { name, mediaType: mediaTypeOf(mediaType, name) };
}

/** Reads the fields of a form, the first of each name. */
function fieldsOf(parts: readonly FormPart[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const { name, fileName, content } of parts)
    if (fileName === undefined && !fields.has(name)) fields.set(name, content.toString("utf8"));
  return fields;
}
