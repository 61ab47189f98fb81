/**
 * The mark of what a reply button sends, on channels that have one kind of button for replies and postbacks: a press of
 * the one is a message, a press of the other is not.
 */
const mark = "↩";

/** Marks the data of a reply button. */
export const markedReply = (data: string): string => `${mark}${data}`;

/** Reads the data of a pressed reply button; `undefined` if it is another button's. */
export const dataOfReply = (data: string): string | undefined =>
  data.startsWith(mark) ? data.slice(mark.length) : undefined;
