import { pathToFileURL } from "node:url";
import type { DynamoDBStreamEvent, SQSEvent } from "aws-lambda";
import { channelQueue } from "../../../lib/aws/channelQueue.ts";
import { eventQueue } from "../../../lib/aws/eventQueue.ts";
import { eventPlaces, openEvents } from "../../../lib/local/events/openEvents.ts";
import type { ChannelTask } from "../../../lib/model/channelCall.ts";
import type { QueuedDelivery } from "../../../lib/model/events/webhookDelivery.ts";

/**
 * The local way of events in a process of its own, to be killed, between Lambdas that do the least: one queues a
 * delivery and a task for each record, the others post them to the receiver. `KILL_AT` counts the steps that it takes before it is
 * killed outright.
 */
const { ENDPOINT = "", TABLE = "", DIRECTORY = "", RECEIVER = "", KILL_AT } = process.env;
const places = eventPlaces(DIRECTORY);
const [first, later, dead] = [places.first, places.later, places.dead].map((place) => pathToFileURL(place).href);
const queue = eventQueue({ first, later, dead });
const [tasks, deadTasks] = [places.tasks, places.deadTasks].map((place) => pathToFileURL(place).href);
const channels = channelQueue({ tasks, dead: deadTasks });

let steps = 0;
/** Takes a step, at which the process may be killed. */
const step = () => {
  if (++steps === Number(KILL_AT)) process.kill(process.pid, "SIGKILL");
};

const lambdas = {
  async publishEvents(event: object) {
    const { Records } = event as DynamoDBStreamEvent;
    step();
    await queue.send(
      Records.map(({ dynamodb }): QueuedDelivery => {
        const id = dynamodb?.Keys?.pk?.S ?? "";
        return {
          id,
          appId: "app",
          webhookId: "webhook",
          event: { id, type: "user:update", createdAt: "", payload: {} },
          userIds: [],
          orderedBy: id,
          queuedAt: "",
          attempts: [],
        };
      }),
    );
    step();
    await channels.send(
      Records.map(({ dynamodb }): ChannelTask => {
        const userId = dynamodb?.Keys?.pk?.S ?? "";
        return { id: userId, appId: "app", group: userId, queuedAt: "", kind: "link", userId, clientId: "client" };
      }),
    );
    step();
  },
  async eraseAttachments() {},
  async deliverEvents(event: object) {
    for (const { body } of (event as SQSEvent).Records) {
      const delivery: QueuedDelivery = JSON.parse(body);
      step();
      // The first attempt fails.
      if (delivery.attempts.length === 0) {
        await queue.sendLater({ ...delivery, attempts: [{ at: "", milliseconds: 0, status: 500 }] }, 0);
        step();
      } else {
        await fetch(RECEIVER, { method: "POST", body: JSON.stringify({ events: [delivery.event] }) });
        step();
      }
    }
  },
  async callChannels(event: object) {
    const failures: { itemIdentifier: string }[] = [];
    for (const { body, receiptHandle, messageId, attributes } of (event as SQSEvent).Records) {
      const { id }: ChannelTask = JSON.parse(body);
      step();
      // The provider refuses the first time.
      if (attributes.ApproximateReceiveCount === "1") {
        await channels.hold(receiptHandle, 1);
        failures.push({ itemIdentifier: messageId });
      } else await fetch(RECEIVER, { method: "POST", body: JSON.stringify({ events: [{ id: `task of ${id}` }] }) });
      step();
    }
    return { batchItemFailures: failures };
  },
};

const events = await openEvents({
  endpoint: ENDPOINT,
  tableName: TABLE,
  places,
  invoke: (operation, event) => lambdas[operation](event),
});
events.start();
process.stdout.write("ready\n");
process.on("SIGTERM", async () => {
  await events.stop();
  process.exit();
});
setInterval(() => {}, 60_000);
