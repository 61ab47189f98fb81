import type { ChannelRequest, Reply } from "../model/channel.ts";
import type { Answer } from "./pipeline.ts";
import type { HttpRequest } from "./request.ts";

/**
 * Makes the delivery that a channel verifies: the bytes as they were received, and the URL as the provider called it,
 * which some sign. API Gateway hands on the query string untouched; the path is ours and holds nothing to encode.
 */
export function readChannelRequest(request: HttpRequest, baseUrl: string, receivedAt: Date): ChannelRequest {
  const query = request.rawQuery === "" ? "" : `?${request.rawQuery}`;
  return {
    method: request.method,
    publicUrl: `${baseUrl}${request.path}${query}`,
    query: request.query,
    headers: request.headers,
    rawBody: request.rawBody,
    receivedAt,
  };
}

/** Answers with a channel's reply in its own form: never JSON, which some would take for a message. */
export const channelReply = (reply: Reply): Answer => ({
  status: reply.status,
  text: reply.body ?? "",
  headers: { "content-type": "text/plain; charset=utf-8", ...reply.headers },
});
