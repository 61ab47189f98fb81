/**
 * The first segment of a path, below which everything is served a second time. The vendor's first server is
 * `https://{subdomain}.zendesk.com/sc`, and many programs have its `/sc` fixed before every path.
 * @see https://github.com/zendesk/sunshine-conversations-api-spec (`servers`)
 */
export const basePath = "sc";
