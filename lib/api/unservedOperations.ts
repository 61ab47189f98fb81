/** An operation that the vendor's platform has and this one does not. */
export interface UnservedOperation {
  readonly routeKey: string;
  /** The subject of the operation, as a caller reads it. */
  readonly feature: string;
}

const switchboards = "switchboards";
const integrationsOfSwitchboards = "integrations of switchboards";
const control = "passing control of a conversation between a switchboard's integrations";
const oauth = "OAuth";

const conversation = "/v2/apps/{appId}/conversations/{conversationId}";
const switchboard = "/v2/apps/{appId}/switchboards";

/**
 * Every operation of the vendor's OpenAPI description, v17.12.1, that no row of `lib/api/routes.ts` serves, by its
 * `operationId`. They are answered 501, so that no caller looks for a mistake in a path that has none.
 */
export const unservedOperations: Readonly<Record<string, UnservedOperation>> = {
  PassControl: { routeKey: `POST ${conversation}/passControl`, feature: control },
  ReleaseControl: { routeKey: `POST ${conversation}/releaseControl`, feature: control },
  OfferControl: { routeKey: `POST ${conversation}/offerControl`, feature: control },
  AcceptControl: { routeKey: `POST ${conversation}/acceptControl`, feature: control },
  DownloadMessageRef: { routeKey: `POST ${conversation}/download`, feature: "downloading what a message refers to" },
  PostConversionEvents: { routeKey: `POST ${conversation}/conversionEvents`, feature: "conversion events" },
  CreateSwitchboard: { routeKey: `POST ${switchboard}`, feature: switchboards },
  ListSwitchboards: { routeKey: `GET ${switchboard}`, feature: switchboards },
  UpdateSwitchboard: { routeKey: `PATCH ${switchboard}/{switchboardId}`, feature: switchboards },
  DeleteSwitchboard: { routeKey: `DELETE ${switchboard}/{switchboardId}`, feature: switchboards },
  CreateSwitchboardIntegration: {
    routeKey: `POST ${switchboard}/{switchboardId}/switchboardIntegrations`,
    feature: integrationsOfSwitchboards,
  },
  ListSwitchboardIntegrations: {
    routeKey: `GET ${switchboard}/{switchboardId}/switchboardIntegrations`,
    feature: integrationsOfSwitchboards,
  },
  UpdateSwitchboardIntegration: {
    routeKey: `PATCH ${switchboard}/{switchboardId}/switchboardIntegrations/{switchboardIntegrationId}`,
    feature: integrationsOfSwitchboards,
  },
  DeleteSwitchboardIntegration: {
    routeKey: `DELETE ${switchboard}/{switchboardId}/switchboardIntegrations/{switchboardIntegrationId}`,
    feature: integrationsOfSwitchboards,
  },
  SyncUser: { routeKey: "POST /v2/apps/{appId}/users/{zendeskId}/sync", feature: "syncing users of Zendesk Support" },
  GetTokenInfo: { routeKey: "GET /v2/tokenInfo", feature: oauth },
  Authorize: { routeKey: "GET /oauth/authorize", feature: oauth },
  GetToken: { routeKey: "POST /oauth/token", feature: oauth },
  RevokeAccess: { routeKey: "DELETE /oauth/authorization", feature: oauth },
};

const operations = Object.values(unservedOperations).map(({ routeKey, feature }) => ({
  feature,
  segments: routeKey.split("/"),
}));

/** Finds the subject of an unserved operation of this method and path; `undefined` if there is none. */
export function unservedFeature(method: string, path: string): string | undefined {
  const requested = `${method} ${path}`.split("/");
  const matches = (segment: string, index: number) =>
    segment.startsWith("{") ? requested[index] !== "" : requested[index] === segment;
  return operations.find(({ segments }) => segments.length === requested.length && segments.every(matches))?.feature;
}
