/**
 * The first segment below which everything is served once more. The vendor's first server is
 * `https://{subdomain}.zendesk.com/sc`, and many programs have its `/sc` fixed before every path.
 *
 * @see https://github.com/zendesk/sunshine-conversations-api-spec (`servers`)
 */
export const basePath = "sc";
