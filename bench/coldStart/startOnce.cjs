// Run in a fresh process: loads a bundle as Lambda does, lets it answer one request, and prints the milliseconds of
// both together, their CPU, and the CPU of the request alone.
const [, , bundle, event] = process.argv;
const cpuSince = (before) => {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};
const [started, began] = [performance.now(), process.cpuUsage()];
// The entry that opens the connection is a module; the other bundles are CommonJS.
const loaded = bundle.endsWith(".mjs") ? import(bundle) : Promise.resolve(require(bundle));
const run = async () => {
  const { handler } = await loaded;
  const asked = process.cpuUsage();
  const answer = await handler(JSON.parse(event), { awsRequestId: "1" });
  const taken = { wall: performance.now() - started, cpu: cpuSince(began), requestCpu: cpuSince(asked) };
  if (!(answer.statusCode < 500) && answer.created === undefined) throw new Error(JSON.stringify(answer));
  process.stdout.write(JSON.stringify(taken), () => process.exit());
};
void run();
