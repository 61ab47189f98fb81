import type { ChannelTask } from "../../lib/model/channelCall.ts";
import { startSendingServer } from "./startSendingServer.ts";

/** Starts a server like `startSendingServer`, from whose queue a test takes the tasks, to make attempts as it likes. */
export async function startTaskServer() {
  const sending = await startSendingServer();

  /** Publishes what changed since the last call, and takes the tasks that were queued, in their order. */
  const tasks = async (): Promise<readonly ChannelTask[]> => {
    await sending.publishTasks();
    return sending.waiting.splice(0).map(({ task }) => task);
  };

  /** Makes an attempt at a task; tells whether it is done with. */
  const attempt = async (task: ChannelTask, received = 1): Promise<boolean> =>
    (await sending.handOut({ task, receipt: task.id, received: received - 1 }, 60_000)).done;

  return {
    ...sending,
    tasks,
    attempt,
    /** Makes an attempt at each of the tasks that were queued; answers those that are left. */
    work: async (): Promise<readonly ChannelTask[]> => {
      const left: ChannelTask[] = [];
      for (const task of await tasks()) if (!(await attempt(task))) left.push(task);
      return left;
    },
  };
}
