/** A file that a channel only gives by its API, as a message names it. */
export interface ChannelMedia {
  /** The provider's id of the file, or its URL there. */
  readonly id?: string | undefined;
  readonly url?: string | undefined;
}
