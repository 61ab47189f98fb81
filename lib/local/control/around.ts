import type { WireRequest, WireResponse } from "../gateway.ts";
import { isWatching } from "../ownPage.ts";
import { answerWithFault, type Faults } from "./faults.ts";
import type { Gate } from "./gate.ts";
import type { RequestLog } from "./requestLog.ts";
import type { MatchedRequest } from "./requestMatch.ts";

export interface AroundSettings {
  readonly calls: Gate;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly operationOf: (request: WireRequest) => string | undefined;
}

/** Makes what stands around the calls of the API: the faults, the gate, and the log of all. */
export function aroundCalls({ calls, faults, requests, operationOf }: AroundSettings) {
  const matched = (request: WireRequest): MatchedRequest => ({
    method: request.method,
    path: request.target.split("?")[0] ?? "",
    operation: () => operationOf(request),
  });
  return async (request: WireRequest, answer: () => Promise<WireResponse>): Promise<WireResponse | undefined> => {
    const at = new Date().toISOString();
    const started = performance.now();
    const fault = faults.list().length > 0 ? faults.take(matched(request)) : undefined;
    const passed = () => calls.pass(answer);
    const response = fault ? await answerWithFault(fault, request, passed) : await passed();
    const milliseconds = Math.round(performance.now() - started);
    // What our page reads every second would hide the others.
    if (!isWatching(request)) requests.add({ at, request, response, milliseconds, faultId: fault?.id });
    return response;
  };
}
