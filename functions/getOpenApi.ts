import description from "../docs/openapi.json" with { type: "json" };
import { pipeline } from "../lib/http/pipeline.ts";
import { runtime } from "../lib/plainRuntime.ts";

/** The description of this API, for people and tools; `npm run openapi` writes it from the schemas that validate. */
export const handler = pipeline("getOpenApi", "rest", runtime, async () => ({ status: 200, body: description }));
