import * as v from "valibot";
import { publicApp } from "../lib/domain/app.ts";
import { mergeMetadata } from "../lib/domain/metadata.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { appSettings, displayName, metadata, object } from "../lib/http/schemas.ts";
import { runtime } from "../lib/runtime.ts";

export const body = object({
  displayName: v.optional(displayName),
  settings: v.optional(appSettings),
  metadata: v.nullish(metadata),
});

export const handler = appOperation("updateApp", body, runtime, async ({ app, body }, { apps, tenants }) => {
  const updated = await apps.update(app.id, (current) => {
    if (current.settings.multiConvoEnabled && body.settings?.multiConvoEnabled === false)
      throw refuse.badRequest("settings.multiConvoEnabled cannot be disabled once it is enabled");
    return {
      ...current,
      displayName: body.displayName ?? current.displayName,
      settings: { ...current.settings, ...body.settings },
      metadata: body.metadata === null ? {} : mergeMetadata(current.metadata, body.metadata ?? {}, "App"),
    };
  });
  tenants.forgetApp(app.id);
  if (!updated) throw refuse.appNotFound();
  return { status: 200, body: { app: publicApp(updated) } };
});
