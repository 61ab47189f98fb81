/**
 * Makes an error without its stack, which takes the most time of making it: for an error that is an expected answer,
 * caught and never logged.
 */
export function withoutStack<E extends Error>(make: () => E): E {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
