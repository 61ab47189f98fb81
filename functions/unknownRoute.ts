import { Refusal, refuse } from "../lib/domain/refusal.ts";
import { type LambdaHandler, pipeline } from "../lib/http/pipeline.ts";
import { type HttpRequest, partPath } from "../lib/http/request.ts";
import { featureNotOffered } from "../lib/http/sdkNotOffered.ts";
import { runtime } from "../lib/plainRuntime.ts";
import { unservedFeature } from "../lib/unservedOperations.ts";

const inForm = {
  rest: pipeline("unknownRoute", "rest", runtime, async ({ method, path }: HttpRequest) => {
    const feature = unservedFeature(method, path);
    throw feature === undefined ? refuse.notFound() : refuse.notOffered(feature);
  }),
  sdk: pipeline("unknownRoute", "sdk", runtime, async (request) => {
    const { base, path, rawQuery } = request;
    const plain = path.replace(/\/+/g, "/").replace(/\/$/, "");
    if (plain === path) {
      const feature = featureNotOffered(request);
      throw feature === undefined ? refuse.notFound() : new Refusal("not_offered", `${feature} is not offered`);
    }
    // Segment by segment, so that whatever was decoded stays part of this path on this host.
    const location = base + plain.split("/").map(encodeURIComponent).join("/");
    return { status: 308, headers: { location: rawQuery === "" ? location : `${location}?${rawQuery}` } };
  }),
};

/** Where SDKs ask: anything below `/sdk`, and without it the configuration alone. */
const sdkPath = /^\/+(sdk(\/|$)|v2\/+integrations\/)/;

/**
 * The documented error form for every path and method that is no route, instead of the gateway's own: 501 for an operation
 * that the vendor's platform has and this one does not, whoever asks, since that is no secret; else 404. An SDK that joins
 * a base URL ending with a slash to a path beginning with one is sent to the path without the second slash.
 */
export const handler: LambdaHandler = (event, context) =>
  inForm[sdkPath.test(partPath(event.rawPath).path) ? "sdk" : "rest"](event, context);
