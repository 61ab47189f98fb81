import { readEnvironment, variable } from "./api/environment.ts";
import { findCachedApp, findCachedIntegration, findCachedKey, findKeyAndApp } from "./apps/configCache.ts";
import { accountKeySource, currentAccountKey } from "./aws/accountKey.ts";
import { channelQueue } from "./aws/channelQueue.ts";
import { deliveryQueue } from "./aws/deliveryQueue.ts";
import { eventQueue } from "./aws/eventQueue.ts";
import { objectStore } from "./aws/objectStore.ts";
import { readTargetRange } from "./aws/targetRange.ts";
import type { TaskRuntime } from "./channels/outbound/taskRuntime.ts";
import { Cache } from "./db/cache.ts";
import { openDb } from "./db/db.ts";
import type { Runtime } from "./db/runtime.ts";
import { sealedSecrets } from "./db/sealedSecrets.ts";
import { askedUrl, withBase } from "./http/askedUrl.ts";
import { logFaults, logToStdout, logToTerminal } from "./http/log.ts";
import type { HttpRequest } from "./http/request.ts";
import { TokenBucket } from "./http/tokenBucket.ts";
import type { ObjectStore } from "./model/files/objectStore.ts";
import { newId } from "./model/id.ts";
import { now } from "./model/sources/clock.ts";
import { resolveUser } from "./users/resolveUsers.ts";

/**
 * The runtime of the Lambdas, made once per cold start. Each family of Lambdas has a view of its own, made by a call
 * that other bundles leave out.
 */
const environment = readEnvironment(process.env);
const base: Runtime = {
  db: openDb(environment.tableName, environment.dynamodbEndpoint, sealedSecrets(environment.secretsKey)),
  now,
  newId: () => newId(now()),
  log: { json: logToStdout, terminal: logToTerminal, faults: logFaults }[environment.log],
  cache: { apps: new Cache(), keys: new Cache(), integrations: new Cache() },
};

/** Answers the base URL for the client of a request: `PUBLIC_URL`, else the requested host. */
const publicUrl = (request: HttpRequest) => withBase(environment.publicUrl ?? askedUrl(request), request);

/** Answers the base URL for channels, some of which sign it: always the same, whichever host is requested. */
const channelUrl = (request: HttpRequest) =>
  withBase(environment.publicUrl ?? environment.localUrl ?? `https://${request.headers.host ?? ""}`, request);

/** Answers the URL to which a channel delivers an integration's events. */
const webhookUrl = (integrationId: string, request: HttpRequest) => `${channelUrl(request)}/webhooks/${integrationId}`;

/** The runtime of the Lambdas that no request calls. */
export const workerRuntime = base;

/** The runtime of the Lambdas behind the REST API. */
export const restRuntime = /* @__PURE__ */ forRest();

function forRest() {
  if (!environment.accountKey)
    throw new Error(`The environment variable ${variable.accountKeyId} or ${variable.accountKeyArn} is missing.`);
  const accountKey = accountKeySource(environment.accountKey, now);
  return {
    ...base,
    publicUrl,
    webhookUrl,
    apiUrls: environment.channelApiUrls,
    /** Finds an API key, and the app if the request names one. */
    findKeyAndApp: async (keyId: string, appId: string | undefined) => {
      if (!keyId.startsWith("act_")) return findKeyAndApp(base, keyId, appId);
      const [key, app] = await Promise.all([
        accountKey(keyId),
        appId === undefined ? undefined : findCachedApp(base, appId),
      ]);
      return { key, app };
    },
  };
}

/** The runtime of the Lambdas behind the Messaging SDKs. */
export const sdkRuntime = /* @__PURE__ */ forSdk();

function forSdk() {
  const { anonymousBurst } = environment;
  return {
    ...base,
    publicUrl,
    findApp: (appId: string) => findCachedApp(base, appId),
    findKey: (keyId: string) => findCachedKey(base, keyId),
    findIntegration: (integrationId: string) => findCachedIntegration(base, integrationId),
    resolveUser: (app: Parameters<typeof resolveUser>[1], name: Parameters<typeof resolveUser>[2]) =>
      resolveUser(base, app, name),
    /**
     * The anonymous users that one network may create: a burst, then as many each minute. The gateway's own throttle
     * comes first.
     */
    anonymousRate: new TokenBucket(anonymousBurst, anonymousBurst / 60),
  };
}

/** The runtime of the Lambdas behind the messaging channels. */
export const channelRuntime = /* @__PURE__ */ forChannels();

function forChannels() {
  return {
    ...base,
    channelUrl,
    findApp: (appId: string) => findCachedApp(base, appId),
    findIntegration: (integrationId: string) => findCachedIntegration(base, integrationId),
    queue: deliveryQueue(environment.deliveryQueue),
  };
}

/** The runtime of the Lambdas that publish and deliver events. */
export const eventRuntime = /* @__PURE__ */ forEvents();

function forEvents() {
  return {
    ...base,
    eventQueue: eventQueue(environment.eventQueue),
    channelQueue: channelQueue(environment.channelQueue),
    webhookTargets: readTargetRange(environment.webhookTargets),
  };
}

/** The runtime of the Lambda that calls channels' providers. */
export const channelTaskRuntime = /* @__PURE__ */ forChannelTasks();

function forChannelTasks(): TaskRuntime {
  const { publicUrl: onAws, localUrl = "" } = environment;
  return {
    ...base,
    findApp: (appId) => findCachedApp(base, appId),
    findIntegration: (integrationId) => findCachedIntegration(base, integrationId),
    channelQueue: channelQueue(environment.channelQueue),
    apiUrls: environment.channelApiUrls,
    get store() {
      return fileRuntime.store;
    },
    // No request names the host that it was sent to: what channels call is what the environment says.
    channelWebhookUrl: (integrationId) => `${onAws ?? localUrl}/webhooks/${integrationId}`,
  };
}

/** Makes the runtime of the Lambda that calls the API as a customer's server does; only on AWS is there such a one. */
export function canaryRuntime() {
  const { accountKey, publicUrl: url, canaryAppId } = environment;
  if (!accountKey || !url || !canaryAppId)
    throw new Error(
      `The canary needs the environment variables ${variable.accountKeyArn}, ${variable.publicUrl} and ${variable.canaryAppId}.`,
    );
  return {
    ...base,
    appUrl: `${url}/v2/apps/${canaryAppId}`,
    accountKey: async () => ("arn" in accountKey ? currentAccountKey(accountKey.arn) : accountKey),
  };
}

/** The runtime of the Lambdas that store, hand out and delete files; the store is opened when it is first needed. */
export const fileRuntime = /* @__PURE__ */ forFiles();

function forFiles() {
  let opened: ObjectStore | undefined;
  return {
    ...base,
    get store() {
      opened ??= objectStore(environment.attachmentsUrl, now);
      return opened;
    },
  };
}

export type RestRuntime = typeof restRuntime;
export type SdkRuntime = typeof sdkRuntime;
