import { unservedFeature } from "../lib/api/unservedOperations.ts";
import { featureNotOffered } from "../lib/api/unservedSdkCalls.ts";
import { type LambdaHandler, pipeline } from "../lib/http/pipeline.ts";
import { plainRuntime } from "../lib/http/plainRuntime.ts";
import { type HttpRequest, partPath } from "../lib/http/request.ts";
import { ApiError, apiError } from "../lib/model/apiError.ts";

const inForm = {
  rest: pipeline("unknownRoute", "rest", plainRuntime, async ({ method, path }: HttpRequest) => {
    const feature = unservedFeature(method, path);
    throw feature === undefined ? apiError.notFound() : apiError.notOffered(feature);
  }),
  sdk: pipeline("unknownRoute", "sdk", plainRuntime, async (request) => {
    const { base, path, rawQuery } = request;
    const plain = path.replace(/\/+/g, "/").replace(/\/$/, "");
    if (plain === path) {
      const feature = featureNotOffered(request);
      throw feature === undefined ? apiError.notFound() : new ApiError("not_offered", `${feature} is not offered`);
    }
    // Encoded segment by segment, so that any decoded character stays part of this path on this host.
    const location = base + plain.split("/").map(encodeURIComponent).join("/");
    return { status: 308, headers: { location: rawQuery === "" ? location : `${location}?${rawQuery}` } };
  }),
};

/** The paths of SDKs: anything below `/sdk`, and without it the configuration alone. */
const sdkPath = /^\/+(sdk(\/|$)|v2\/+integrations\/)/;

/**
 * Answers the documented error form, instead of the gateway's own, for every path and method without a route: 501 for
 * an operation that the vendor's platform has and this one does not, even without credentials, since that is no secret;
 * else 404. An SDK that joins a base URL with a final slash to a path with a leading one is redirected to the path
 * without the second slash.
 */
export const handler: LambdaHandler = (event, context) =>
  inForm[sdkPath.test(partPath(event.rawPath).path) ? "sdk" : "rest"](event, context);
