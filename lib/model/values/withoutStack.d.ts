/**
 * Makes an error without its stack, which takes the most time of making it: for an error that is an expected answer,
 * caught and never logged.
 */
export declare function withoutStack<E extends Error>(make: () => E): E;
