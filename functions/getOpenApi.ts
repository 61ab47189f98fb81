import description from "../docs/openapi.json" with { type: "json" };
import { pipeline } from "../lib/http/pipeline.ts";
import { plainRuntime } from "../lib/http/plainRuntime.ts";

/**
 * Answers the description of this API, for people and tools; `npm run openapi` writes it from the schemas that
 * validate.
 */
export const handler = pipeline("getOpenApi", "rest", plainRuntime, async () => ({ status: 200, body: description }));
