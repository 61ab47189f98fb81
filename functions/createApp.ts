import * as v from "valibot";
import { defaultSettings, publicApp } from "../lib/domain/app.ts";
import { newSecret } from "../lib/domain/id.ts";
import { mergeMetadata } from "../lib/domain/metadata.ts";
import { accountOperation } from "../lib/http/rest.ts";
import { appSettings, displayName, metadata, object } from "../lib/http/schemas.ts";
import { runtime } from "../lib/runtime.ts";

export const body = object({ displayName, settings: v.optional(appSettings), metadata: v.nullish(metadata) });

export const handler = accountOperation("createApp", body, runtime, async ({ body }, { apps, newId }) => {
  const app = {
    id: newId(),
    displayName: body.displayName,
    settings: { ...defaultSettings, ...body.settings },
    metadata: mergeMetadata({}, body.metadata ?? {}, "App"),
    salt: newSecret(),
  };
  await apps.create(app);
  return { status: 201, body: { app: publicApp(app) } };
});
