import type { Events } from "./types.ts";

type Listeners = { [E in keyof Events]?: Set<(...args: Events[E]) => void> };

/** An emitter of events; a listener that throws disturbs neither the SDK nor the other listeners. */
export type Emitter = ReturnType<typeof createEmitter>;

/** Makes an emitter without listeners. */
export function createEmitter() {
  let listeners: Listeners = {};
  return {
    on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): void {
      const existing: Listeners[E] = listeners[event];
      if (existing) existing.add(listener);
      else Object.assign(listeners, { [event]: new Set([listener]) });
    },
    off<E extends keyof Events>(event?: E, listener?: (...args: Events[E]) => void): void {
      if (!event) listeners = {};
      else if (!listener) delete listeners[event];
      else listeners[event]?.delete(listener);
    },
    emit<E extends keyof Events>(event: E, ...args: Events[E]): void {
      for (const listener of [...(listeners[event] ?? [])]) {
        try {
          listener(...args);
        } catch (error) {
          // Reported as uncaught, where the page's developer looks for it.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },
  };
}
