import * as v from "valibot";
import { updateApp } from "../lib/apps/apps.ts";
import { publicApp } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { appSettings, displayName, metadata, object } from "../lib/http/schemas/schemas.ts";
import { apiError } from "../lib/model/apiError.ts";
import { mergeMetadata } from "../lib/model/metadata.ts";
import { restRuntime } from "../lib/runtime.ts";

export const body = object({
  displayName: v.optional(displayName),
  settings: v.optional(appSettings),
  metadata: v.nullish(metadata),
});

export const handler = appOperation("updateApp", body, restRuntime, async ({ app, body }, runtime) => {
  const updated = await updateApp(runtime, app.id, (current) => {
    if (current.settings.multiConvoEnabled && body.settings?.multiConvoEnabled === false)
      throw apiError.badRequest("settings.multiConvoEnabled cannot be disabled once it is enabled");
    return {
      ...current,
      displayName: body.displayName ?? current.displayName,
      settings: { ...current.settings, ...body.settings },
      metadata: body.metadata === null ? {} : mergeMetadata(current.metadata, body.metadata ?? {}, "App"),
    };
  });
  runtime.cache.apps.delete(app.id);
  if (!updated) throw apiError.appNotFound();
  return { status: 200, body: { app: publicApp(updated) } };
});
