import { createHash } from "node:crypto";

/** The web SDK's files by name, with `SDK_SERVER` for the server's URL; `bundleSdk` puts both in when it bundles this. */
declare const SDK_FILES: Readonly<Record<string, string>>;
declare const SDK_SERVER: string;

const headers = {
  "content-type": "text/javascript; charset=utf-8",
  // The files' names stay the same, so a browser must soon look for a new version; an old one is better than none.
  "cache-control": "public, max-age=300, stale-while-revalidate=600, stale-if-error=86400",
  "x-content-type-options": "nosniff",
};

const answers = new Map(
  Object.entries(SDK_FILES).map(([name, text]) => {
    const body = text.replaceAll(SDK_SERVER, `${process.env.PUBLIC_URL}/sdk`);
    const etag = `"${createHash("sha256").update(body).digest("base64url")}"`;
    return [name, { statusCode: 200, headers: { ...headers, etag }, body }];
  }),
);

/** Answers one of the SDK's files, which is the last segment of the route. */
export const handler = async ({ routeKey }: { readonly routeKey: string }): Promise<object | undefined> =>
  answers.get(routeKey.slice(routeKey.lastIndexOf("/") + 1));
