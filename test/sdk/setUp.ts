import { afterEach, beforeEach } from "vitest";
import type { InitOptions } from "../../sdk/src/types.ts";
import { Profile, type Tab } from "./profile.ts";
import { ProtocolServer } from "./protocolServer.ts";

/** What a test of the SDK has: a server of its own, and pages that find it. */
export interface Fixture {
  server: ProtocolServer;
  profile: Profile;
  /** Opens a page of the profile, or of another one, and initialises the SDK. */
  open(options?: Partial<InitOptions>, profile?: Profile): Promise<Tab>;
  /** Opens a page without initialising. */
  openTab(profile?: Profile): Tab;
  initialise(tab: Tab, options?: Partial<InitOptions>): Promise<void>;
}

/** Gives every test of the file a fresh fixture. */
export function setUp(): Fixture {
  const tabs: Tab[] = [];
  let counter = 0;
  const fixture: Fixture = {
    server: new ProtocolServer(),
    profile: new Profile(),
    openTab(profile = fixture.profile) {
      const tab = profile.openTab();
      tabs.push(tab);
      return tab;
    },
    initialise: (tab, options) =>
      tab.smooch.init({ integrationId: `web${counter}`, configBaseUrl: `${fixture.server.url}/sdk/`, ...options }),
    async open(options, profile) {
      const tab = fixture.openTab(profile);
      await fixture.initialise(tab, options);
      return tab;
    },
  };
  beforeEach(async () => {
    counter++;
    fixture.server = new ProtocolServer();
    fixture.profile = new Profile();
    await fixture.server.start();
  });
  afterEach(async () => {
    for (const tab of tabs.splice(0)) tab.close();
    await fixture.server.stop();
  });
  return fixture;
}
