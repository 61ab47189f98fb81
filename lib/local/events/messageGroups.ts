/** Messages that wait in groups, of each of which one batch at a time is handed out. */
export function messageGroups<Message>() {
  const waiting = new Map<string, Message[]>();
  const busy = new Set<string>();
  return {
    add(group: string, message: Message): void {
      const messages = waiting.get(group);
      if (messages) messages.push(message);
      else waiting.set(group, [message]);
    },
    /** Takes the first messages of a group that is not busy, which it is from now on; `undefined` if there is none. */
    take(limit: number): { readonly group: string; readonly batch: readonly Message[] } | undefined {
      for (const [group, messages] of waiting) {
        if (busy.has(group)) continue;
        busy.add(group);
        return { group, batch: messages.splice(0, limit) };
      }
      return undefined;
    },
    /** Ends the turn of a group, which goes behind the others; messages to be handed out again go before its own. */
    release(group: string, again: readonly Message[]): void {
      const messages = [...again, ...(waiting.get(group) ?? [])];
      busy.delete(group);
      waiting.delete(group);
      if (messages.length > 0) waiting.set(group, messages);
    },
  };
}
