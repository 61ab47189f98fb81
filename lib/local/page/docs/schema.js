import { html } from "../lit.js";

/** @typedef {Readonly<Record<string, any>>} Schema A JSON schema of the description. */
/** @typedef {(reference: string) => Schema} Find */

/** Levels of a schema that are shown. */
const deepest = 6;

/** Names the type of a value in a word. @param {Schema} schema @param {Find} find @returns {string} */
function typeOf(schema, find) {
  if (schema.$ref) return typeOf(find(schema.$ref), find);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((/** @type {unknown} */ one) => JSON.stringify(one)).join(" or ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map((/** @type {Schema} */ one) => typeOf(one, find)))].join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {}, find)}`;
  if (Array.isArray(schema.type)) return schema.type.join(" or ");
  return schema.type ?? "anything";
}

/** Lists the bounds of a value. @param {Schema} schema */
function boundsOf({ minLength, maxLength, minimum, maximum, minItems, maxItems, format }) {
  const range = (/** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ of) =>
    from === undefined && to === undefined ? [] : [`${from ?? 0} to ${to ?? "any number of"} ${of}`];
  return [
    ...range(minLength, maxLength, "characters"),
    ...(minimum === undefined && maximum === undefined ? [] : [`${minimum ?? "…"} to ${maximum ?? "…"}`]),
    ...range(minItems, maxItems, "items"),
    ...(format ? [format] : []),
  ].join(", ");
}

/** Finds the objects that a value may be, or may hold. @param {Schema} schema @param {Find} find @returns {Schema[]} */
function objectsIn(schema, find) {
  if (schema.$ref) return objectsIn(find(schema.$ref), find);
  if (schema.properties) return [schema];
  if (schema.items) return objectsIn(schema.items, find);
  return [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])].flatMap((one) =>
    objectsIn(one, find),
  );
}

/**
 * Lists the fields of a value, and the fields of those.
 * @param {Schema} schema
 * @param {Find} find
 * @param {number} [depth]
 * @returns {unknown}
 */
export function fieldsView(schema, find, depth = 0) {
  const objects = objectsIn(schema, find);
  if (objects.length === 0 || depth === deepest) return "";
  return objects.map(
    (object) => html`<ul class="fields">
      ${Object.entries(object.properties).map((named) => fieldView(named, object.required?.includes(named[0]), find, depth))}
    </ul>`,
  );
}

/**
 * @param {[string, Schema]} named
 * @param {boolean} isRequired
 * @param {Find} find
 * @param {number} depth
 */
function fieldView([name, field], isRequired, find, depth) {
  const choices = field.anyOf ?? [];
  const bounds = boundsOf(choices.find((/** @type {Schema} */ one) => one.type !== "null") ?? field);
  return html`<li>
    <code class="name">${name}</code> <span class="type">${typeOf(field, find)}${isRequired ? ", required" : ""}${bounds ? `; ${bounds}` : ""}</span>
    ${field.description ? html`<span class="description">${field.description}</span>` : ""}
    ${fieldsView(field, find, depth + 1)}
  </li>`;
}
