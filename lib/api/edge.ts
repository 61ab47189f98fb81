/** What the distribution before the API adds to a request, and where a Lambda finds what to hold it against. */
export const edge = {
  /** The header by which the distribution proves itself; it replaces one that a caller sends. */
  header: "x-sunroom-edge",
  /** The stage's variable with the secrets that are accepted in it, separated by commas: two during a rotation. */
  stageVariable: "edgeSecrets",
  /**
   * The header with the person's own address and port, which CloudFront sets itself.
   * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
   */
  viewerAddress: "CloudFront-Viewer-Address",
} as const;
