// Run in a fresh process: loads a bundle, lets it answer one request, and prints how long that took in milliseconds.
const [, , bundle, event] = process.argv;
const started = performance.now();
const { handler } = require(bundle);
handler(JSON.parse(event), { awsRequestId: "1" }).then((answer) => {
  const took = performance.now() - started;
  if (!(answer.statusCode < 500) && answer.created === undefined) throw new Error(JSON.stringify(answer));
  process.stdout.write(String(took), () => process.exit());
});
