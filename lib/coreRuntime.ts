import { newId } from "./domain/id.ts";
import { readEnvironment } from "./environment.ts";
import { logFaults, logToStdout } from "./http/log.ts";
import type { HttpRequest } from "./http/request.ts";
import { apiKeyStore } from "./store/apiKeys.ts";
import { appStore } from "./store/apps.ts";
import { conversationStore } from "./store/conversations.ts";
import { integrationStore } from "./store/integrations.ts";
import { mergeStore } from "./store/merges.ts";
import { messageStore } from "./store/messages.ts";
import { people } from "./store/people.ts";
import { openTable } from "./store/table.ts";
import { tenancy } from "./store/tenancy.ts";
import { userStore } from "./store/users.ts";

/**
 * What every family of Lambdas shares, made once a cold start: the clock, ids, the log, the table and what stands in it.
 * A family's own runtime adds what its Lambdas alone need, so that no bundle carries what it never calls.
 */
function start() {
  const environment = readEnvironment(process.env);
  const table = openTable(environment.tableName, environment.dynamodbEndpoint);
  const now = () => new Date();
  const apps = appStore(table);
  const apiKeys = apiKeyStore(table);
  const integrations = integrationStore(table);
  const users = userStore(table);
  const merges = mergeStore(table);
  const publicUrl = (request: HttpRequest) => {
    const address = environment.publicUrl ?? `https://${request.headers.host ?? ""}`;
    return address.endsWith(request.base) ? address : `${address}${request.base}`;
  };
  return {
    environment,
    table,
    now,
    newId: () => newId(now()),
    log: environment.logFaultsOnly ? logFaults : logToStdout,
    apps,
    apiKeys,
    integrations,
    tenants: tenancy(apps, apiKeys, integrations, now),
    users,
    merges,
    conversations: conversationStore(table),
    messages: messageStore(table),
    ...people(users, merges),
    publicUrl,
    /** Where a channel delivers to an integration. */
    webhookUrl: (integrationId: string, request: HttpRequest) => `${publicUrl(request)}/webhooks/${integrationId}`,
  };
}

export const core = start();
