/** The vendor's events that never happen here. */
const neverEmitted: readonly string[] = ["widget:opened", "widget:closed", "typing:start", "typing:stop", "log:debug"];

/**
 * Makes the vendor's methods for a messenger on the page, which this SDK does not draw: they return as documented, at
 * any time. Those without effect warn in the console, once each.
 */
export function createMessenger() {
  const warned = new Set<string>();
  function warn(what: string): void {
    if (!warned.has(what)) console.warn(`Smooch: ${what} has no effect in this SDK.`);
    warned.add(what);
  }
  return {
    warn,
    warnOfEvent(event: string): void {
      if (neverEmitted.includes(event)) warn(event);
    },
    methods: {
      open: () => warn("open"),
      close: () => warn("close"),
      isOpened(): boolean {
        warn("isOpened");
        return false;
      },
      render: () => warn("render"),
      setPredefinedMessage: () => warn("setPredefinedMessage"),
      showNotificationChannelPrompt: () => warn("showNotificationChannelPrompt"),
    },
  };
}
