/** The version in package.json, sent with every request; a test compares the two. */
export const VERSION = "0.1.0";
