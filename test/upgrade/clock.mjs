/** Sets the clock of a process: its time begins at `CLOCK_BEGINS` and goes on from there. Loaded by `node --import`. */
const begins = Date.parse(process.env.CLOCK_BEGINS ?? "");
const started = performance.now();
const RealDate = Date;
const time = () => begins + Math.floor(performance.now() - started);

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(time());
    else super(...parts);
  }
  static now() {
    return time();
  }
};
