/**
 * Calls of the vendor's Messaging SDKs that are not served, by their purpose: below `/sdk/v2/apps/{appId}`, or `/sdk`
 * without the version, as the vendor's web client calls some.
 */
const calls: readonly (readonly [method: string, path: RegExp, feature: string])[] = [
  ["POST", /^(?:\/appusers\/[^/]+)?\/prechatcapture(?:\/validate)?$/, "Prechat capture"],
  ["PUT", /^\/appusers\/[^/]+\/clients\/[^/]+$/, "A push notification"],
  ["DELETE", /^\/appusers\/[^/]+\/clients\/[^/]+$/, "Unlinking a channel by an SDK"],
  ["POST", /^\/appusers\/[^/]+\/referral$/, "A referral by an SDK"],
  ["POST", /^\/appusers\/authcode$/, "Signing in with an auth code"],
  ["GET", /^(?:\/appusers\/[^/]+)?\/linkrequest$/, "Linking a channel by an SDK"],
  ["POST", /^(?:\/appusers\/[^/]+)?\/linkrequest$/, "Linking a channel by an SDK"],
  ["GET", /^(?:\/appusers\/[^/]+)?\/integrations\/[^/]+\/qrcode$/, "Linking a channel by an SDK"],
  ["POST", /^\/appusers\/[^/]+\/stripe\/transaction$/, "Paying"],
  ["GET", /^\/locationmap$/, "A map of a location"],
];

/**
 * Finds the purpose of a Messaging SDK's call that the vendor serves and this server does not; `undefined` for any
 * other.
 */
export function featureNotOffered({ method, path }: { readonly method: string; readonly path: string }) {
  const below = /^\/sdk(?:\/v2)?\/apps\/[^/]+(\/.*)$/.exec(path)?.[1];
  return below === undefined
    ? undefined
    : calls.find(([calledBy, pattern]) => calledBy === method && pattern.test(below))?.[2];
}
