/**
 * The keys of the SDK in the browser's storage, each under `{integrationId}.{key}`. The first three are the vendor's
 * own keys.
 */
export type StorageKey = "clientId" | "appUserId" | "sessionToken" | "pendingKey";

/** The storage of the SDK between page loads. */
export type SdkStorage = ReturnType<typeof openStorage>;

/**
 * Opens the storage of one integration. If the browser refuses (private mode, blocked cookies, quota), values live in
 * memory until the page is left. `area` is a function because some browsers refuse even to read `window.localStorage`.
 */
export function openStorage(area: () => Storage, integrationId: string) {
  const memory = new Map<StorageKey, string>();
  const name = (key: StorageKey) => `${integrationId}.${key}`;

  function remove(key: StorageKey): void {
    memory.delete(key);
    try {
      area().removeItem(name(key));
    } catch {
      // Nothing is stored if the browser refuses storage.
    }
  }

  return {
    get(key: StorageKey): string | undefined {
      if (memory.has(key)) return memory.get(key);
      try {
        return area().getItem(name(key)) ?? undefined;
      } catch {
        return undefined;
      }
    },
    set(key: StorageKey, value: string): void {
      memory.delete(key);
      try {
        area().setItem(name(key), value);
      } catch {
        remove(key);
        memory.set(key, value);
      }
    },
    remove,
    /** Tells whether a storage event is about this key; one without a key means that everything was cleared. */
    concerns: (event: StorageEvent, key: StorageKey): boolean => event.key === null || event.key === name(key),
  };
}
