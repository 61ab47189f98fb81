import * as v from "valibot";
import { createApp } from "../lib/apps/apps.ts";
import { publicApp } from "../lib/http/answers/rest.ts";
import { accountOperation } from "../lib/http/rest.ts";
import { appSettings, displayName, metadata, object } from "../lib/http/schemas/schemas.ts";
import { defaultSettings } from "../lib/model/app.ts";
import { newSecret } from "../lib/model/id.ts";
import { mergeMetadata } from "../lib/model/metadata.ts";
import { restRuntime } from "../lib/runtime.ts";

export const body = object({ displayName, settings: v.optional(appSettings), metadata: v.nullish(metadata) });

export const handler = accountOperation("createApp", body, restRuntime, async ({ body }, runtime) => {
  const app = {
    id: runtime.newId(),
    displayName: body.displayName,
    settings: { ...defaultSettings, ...body.settings },
    metadata: mergeMetadata({}, body.metadata ?? {}, "App"),
    salt: newSecret(),
  };
  await createApp(runtime, app);
  return { status: 201, body: { app: publicApp(app) } };
});
