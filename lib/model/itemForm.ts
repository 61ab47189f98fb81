/**
 * The form of the stored items that this build writes, and the latest that it reads. An item without `form` has the
 * first; docs/data.md says when a form gets a number.
 */
export const itemForm = 1;
