/** Turns a time of the machine's clock into one of this process's. */
export type Clock = (machineTime: Date) => Date;

const machineClock: Clock = (machineTime) => machineTime;

/** The clock of this process: the machine's own, but where a test of one's own sets another on the local server. */
let clock = machineClock;

/** Answers the time. */
export const now = (): Date => clock(new Date());

/** Answers the time that it was by the clock of this process, when it was this by the machine's. */
export const timeAt = (machineTime: Date): Date => clock(machineTime);

/** Sets the clock; the machine's own without one. */
export function setClock(next = machineClock): void {
  clock = next;
}
