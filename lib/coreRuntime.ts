import { newId } from "./domain/id.ts";
import { readEnvironment } from "./environment.ts";
import { withBase } from "./http/askedUrl.ts";
import { logFaults, logToStdout } from "./http/log.ts";
import type { HttpRequest } from "./http/request.ts";
import { keyFinder } from "./store/apiKeys.ts";
import { appStore } from "./store/apps.ts";
import { conversationStore } from "./store/conversations.ts";
import { integrationStore } from "./store/integrations.ts";
import { mergeStore } from "./store/merges.ts";
import { messageStore } from "./store/messages.ts";
import { people } from "./store/people.ts";
import { sealedSecrets } from "./store/sealedSecrets.ts";
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
  const secrets = sealedSecrets(environment.secretsKey);
  const apps = appStore(table, secrets);
  const integrations = integrationStore(table, secrets);
  const users = userStore(table);
  const merges = mergeStore(table);
  const channelUrl = (request: HttpRequest) => {
    const address = environment.publicUrl ?? environment.localUrl ?? `https://${request.headers.host ?? ""}`;
    return withBase(address, request);
  };
  return {
    environment,
    table,
    now,
    newId: () => newId(now()),
    log: environment.logFaultsOnly ? logFaults : logToStdout,
    apps,
    secrets,
    integrations,
    tenants: tenancy(apps, { find: keyFinder(table, secrets) }, integrations, now),
    users,
    merges,
    conversations: conversationStore(table),
    messages: messageStore(table),
    ...people(users, merges),
    /** The base URL for channels, which some of them sign: one and the same, whatever host is asked. */
    channelUrl,
    /** Where a channel delivers to an integration. */
    webhookUrl: (integrationId: string, request: HttpRequest) => `${channelUrl(request)}/webhooks/${integrationId}`,
  };
}

export const core = start();
