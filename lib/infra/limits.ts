import type { Route } from "../routes.ts";

/** Requests a second that the gateway lets through to a route, and how many at once on top; beyond them it answers 429. */
export interface Throttle {
  readonly rateLimit: number;
  readonly burstLimit: number;
}

/** Of every route together, in production and on the dev stage. */
export const stageThrottle: Throttle = { rateLimit: 1_000, burstLimit: 2_000 };
export const devThrottle: Throttle = { rateLimit: 50, burstLimit: 100 };

/** Of each route that anyone may call without credentials. */
const publicThrottle: Throttle = { rateLimit: 200, burstLimit: 400 };

/** An unknown path is a mistake or a scan, and neither needs haste. */
const unknownThrottle: Throttle = { rateLimit: 20, burstLimit: 40 };

const isPublic = (route: Route): boolean => route.scopes.includes("anyone");

/** The route's own throttle, so that what anyone may call cannot use up what everybody else shares; or none. */
export function routeThrottle(operation: string, route: Route): Throttle | undefined {
  if (operation === "unknownRoute") return unknownThrottle;
  return isPublic(route) ? publicThrottle : undefined;
}

/**
 * The most instances of a Lambda that anyone may call, where instances are reserved at all (`Settings`), so that a flood
 * of such calls leaves the account's other instances (1000 unless raised) to the rest; none for Lambdas that ask for
 * credentials. Reserved instances count as used, hence few.
 */
export function publicConcurrency(operation: string, route: Route): number | undefined {
  if (operation === "unknownRoute") return 10;
  return isPublic(route) ? 100 : undefined;
}
