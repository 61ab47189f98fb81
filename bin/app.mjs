// Begins the CDK app (`cdk.json`). Plain JavaScript, since the Node that runs it may be too old for anything else.
const [major, minor] = process.versions.node.split(".").map(Number);

function give(up) {
  console.error(up);
  process.exit(1);
}

if (major < 22 || (major === 22 && minor < 18))
  give(
    `Sunroom is deployed by Node 22.18 or later and this is ${process.version}: install Node 24 (https://nodejs.org).`,
  );

await import("./app.ts").catch((error) => give(error?.name === "SettingsError" ? error.message : error));
