import type { Route } from "../api/routes.ts";

/** The requests per second that the gateway allows on a route, and the burst on top; beyond them it answers 429. */
export interface Throttle {
  readonly rateLimit: number;
  readonly burstLimit: number;
}

/** The throttle of all routes together, in production and on the dev stage. */
export const stageThrottle: Throttle = { rateLimit: 1_000, burstLimit: 2_000 };
export const devThrottle: Throttle = { rateLimit: 50, burstLimit: 100 };

/** The throttle of each route without credentials. */
const publicThrottle: Throttle = { rateLimit: 200, burstLimit: 400 };

/** The throttle of unknown paths, which are a mistake or a scan, and neither is urgent. */
const unknownThrottle: Throttle = { rateLimit: 20, burstLimit: 40 };

const isPublic = (route: Route): boolean => route.scopes.includes("anyone");

/**
 * Chooses the route's own throttle, so that calls without credentials cannot use up the capacity that all share; or
 * none.
 */
export function routeThrottle(operation: string, route: Route): Throttle | undefined {
  if (operation === "unknownRoute") return unknownThrottle;
  return isPublic(route) ? publicThrottle : undefined;
}

/**
 * Chooses the reserved instances of a Lambda without credentials, if instances are reserved at all (`Settings`), so
 * that a flood of such calls leaves the account's other instances (1000 unless raised) to the rest; none for Lambdas
 * with credentials. Reserved instances count as used, so they are few.
 */
export function publicConcurrency(operation: string, route: Route): number | undefined {
  if (operation === "unknownRoute") return 10;
  return isPublic(route) ? 100 : undefined;
}
