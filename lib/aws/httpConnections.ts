import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { request as requestSecurely, Agent as SecureAgent } from "node:https";
import { HttpResponse } from "@smithy/core/transport";

/** The time-outs, named as the settings of the AWS SDK's own handler. */
export interface Patience {
  /** Milliseconds within which a connection is made. */
  readonly connectionTimeout: number;
  /** Milliseconds from the beginning of an exchange to the end of the answer. */
  readonly requestTimeout: number;
}

/** The part of the AWS SDK's `HttpRequest` that an exchange needs. */
export interface Outgoing {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** HTTP with TLS or without, over the connections of one agent. */
interface Transport {
  readonly agent: Agent;
  readonly request: (options: RequestOptions) => ClientRequest;
}

/** A request under way, and the number of times that the timer found it so. */
interface Exchange {
  readonly request: ClientRequest;
  readonly fail: (error: Error) => void;
  looks: number;
}

/** As many connections to a host as the AWS SDK's handler makes; further requests wait for one. */
const pool = { keepAlive: true, maxSockets: 50 };

/** Network errors that the AWS SDK treats as time-outs too. */
const timeoutCodes = ["ECONNRESET", "ECONNREFUSED", "EPIPE", "ETIMEDOUT"];

/**
 * Makes the connections of a client, a `requestHandler` of the AWS SDK: Node.js's own HTTP with connections that are
 * kept. Takes the place of the SDK's `NodeHttpHandler`, which starts four timers for every request: here one timer
 * watches all exchanges and looks four times within the shorter time-out. Time is counted in looks, of which a process
 * that stood still (busy, or frozen as Lambda does between requests) makes only one: answers that arrived meanwhile are
 * read first. An answer is handed on when it is complete, so the time-out ends with it; one that is cut off is an error
 * like a connection that is reset.
 */
export function httpConnections({ connectionTimeout, requestTimeout }: Patience) {
  const underWay = new Set<Exchange>();
  const secure: Transport = { agent: new SecureAgent(pool), request: requestSecurely };
  let plain: Transport | undefined;
  let watch: NodeJS.Timeout | undefined;

  /**
   * Loads `node:http` only when needed: it takes as long as much of a cold start, and DynamoDB is never called without
   * TLS.
   */
  const plainTransport = async () => {
    const http = await import("node:http");
    plain ??= { agent: new http.Agent(pool), request: http.request };
    return plain;
  };

  const period = Math.min(connectionTimeout, requestTimeout) / 4;
  const look = () => {
    for (const exchange of underWay) {
      const waited = exchange.looks++ * period;
      if (exchange.request.socket?.connecting && waited >= connectionTimeout)
        exchange.fail(timeout(`No connection within ${connectionTimeout} ms`));
      else if (waited >= requestTimeout) exchange.fail(timeout(`No whole answer within ${requestTimeout} ms`));
    }
    if (underWay.size > 0) return;
    clearInterval(watch);
    watch = undefined;
  };

  const exchange = ({ agent, request: send }: Transport, outgoing: Outgoing) =>
    new Promise<{ response: HttpResponse }>((resolve, reject) => {
      const { hostname, port, method, path, headers } = outgoing;
      const request = send({ agent, host: hostname.replace(/^\[|\]$/g, ""), port, method, path, headers });
      const fail = (error: Error & { readonly code?: string }) => {
        underWay.delete(entry);
        request.destroy();
        reject(timeoutCodes.includes(error.code ?? "") ? Object.assign(error, { name: "TimeoutError" }) : error);
      };
      const entry = { request, fail, looks: 0 };
      underWay.add(entry);
      watch ??= setInterval(look, period).unref();
      request.on("error", fail);
      request.on("response", (answer: IncomingMessage) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", fail);
        answer.on("end", () => {
          underWay.delete(entry);
          const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
          const { statusCode = 0, headers } = answer;
          resolve({ response: new HttpResponse({ statusCode, headers: headers as Record<string, string>, body }) });
        });
      });
      request.end(outgoing.body);
    });

  return {
    metadata: { handlerProtocol: "http/1.1" },
    /** Sends a request and answers the whole response, its body as bytes. Throws if there is none in time. */
    handle: async (outgoing: Outgoing) =>
      exchange(outgoing.protocol === "https:" ? secure : (plain ?? (await plainTransport())), outgoing),
    /** Closes the connections. */
    destroy() {
      secure.agent.destroy();
      plain?.agent.destroy();
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}

const timeout = (message: string) => Object.assign(new Error(message), { name: "TimeoutError", code: "ETIMEDOUT" });
