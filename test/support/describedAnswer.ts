import { Ajv2020 } from "ajv/dist/2020.js";
import description from "../../docs/openapi.json" with { type: "json" };

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema(closed(description), "openapi.json");

/** Closes the description's objects to further properties, unless it allows them. */
function closed<T>(schema: T): T {
  return JSON.parse(JSON.stringify(schema), (_, value) =>
    value?.type === "object" && value.properties && value.additionalProperties === undefined
      ? { ...value, additionalProperties: false }
      : value,
  );
}

/**
 * Lists the differences between an answer's body and its description in docs/openapi.json, for the operation of this
 * id, e.g. `CreateUser`.
 */
export function faultsOfAnswer(operationId: string, status: number, body: unknown): readonly string[] {
  for (const [path, methods] of Object.entries(description.paths))
    for (const [method, operation] of Object.entries<{ operationId: string; responses: object }>(methods)) {
      if (operation.operationId !== operationId) continue;
      if (!Object.hasOwn(operation.responses, status)) return [`${status} is not described`];
      const at = [path, method, "responses", String(status), "content", "application/json", "schema"];
      const pointer = at.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
      const validate = ajv.compile({ $ref: `openapi.json#/paths/${pointer}` });
      validate(body);
      return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
    }
  return [`${operationId} is not described`];
}
