// Run in a fresh process: loads a bundle as Lambda does, lets it answer fifty requests, and prints the CPU of one of
// them except the first, in milliseconds.
const [, , bundle, event] = process.argv;
const loaded = bundle.endsWith(".mjs") ? import(bundle) : Promise.resolve(require(bundle));
const run = async () => {
  const { handler } = await loaded;
  const request = (number) => JSON.parse(event.replaceAll("NAME", `young-${process.pid}-${number}`));
  await handler(request(1), { awsRequestId: "1" });
  const before = process.cpuUsage();
  for (let number = 2; number <= 50; number++) {
    const answer = await handler(request(number), { awsRequestId: String(number) });
    if (answer.statusCode !== 201 && answer.created !== true) throw new Error(JSON.stringify(answer));
  }
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(String((user + system) / 49_000), () => process.exit());
};
void run();
