import type { ProviderAnswer } from "../../model/channelCall.ts";

/** A picture of one grey pixel, as a bitmap, whose bytes are all ASCII: a sample's answer is text. */
const pixel = [
  "424d3a00000000000000360000002800000001000000010000000100180000000000",
  "04000000130b0000130b000000000000000000007f7f7f00",
].join("");

/** Answers a file as a provider does, whichever is asked for. */
export const sampleFile: ProviderAnswer = {
  status: 200,
  headers: { "content-type": "image/bmp" },
  body: Buffer.from(pixel, "hex").toString("latin1"),
};
