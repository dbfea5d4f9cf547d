// An apply that takes long, for who waits: how far it is, how fast it goes, how long it will take; and Ctrl-C, which stops it
// between two steps.

import type { Course, Interrupts } from '../apply/target.ts';
import type { Console } from './console.ts';
import { EXIT } from './exit-status.ts';
import { count } from './page.ts';

/** What is over sooner, in milliseconds, says nothing. */
const NOTICEABLE = 500;
/** Until so many steps were timed, nobody can say how long the rest takes. */
const ENOUGH = 3;

/** A terminal that is not in raw mode makes a signal of the key. */
const signals: Interrupts = (listener) => {
  process.on('SIGINT', listener);
  return () => process.off('SIGINT', listener);
};

/** Runs `act` with a course of which `console` tells. The first Ctrl-C stops it after the step that is being made, a second one ends us. */
export async function withCourse<T>(
  console: Pick<Console, 'progress' | 'say'>,
  act: (course: Course) => Promise<T>,
  now: () => number = Date.now,
  interrupts: Interrupts = signals,
): Promise<T> {
  const stop = new AbortController();
  const began = now();
  let shown = false;
  const interrupt = (): void => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort();
    console.progress(null);
    console.say('Stopping after the step that is being made; Ctrl-C again ends sluice at once.\n');
  };
  const release = interrupts(interrupt);
  try {
    return await act({
      stop: stop.signal,
      progress: (done, total) => {
        if (stop.signal.aborted || now() - began < NOTICEABLE) return;
        shown = true;
        console.progress(progressText(done, total, (now() - began) / 1000));
      },
    });
  } finally {
    release();
    if (shown) console.progress(null);
  }
}

/** `12 of 200, 2.1 a second, 1min 30s to go`. `seconds` since the first step began. */
export function progressText(done: number, total: number, seconds: number): string {
  const far = `${count(done)} of ${count(total)}`;
  if (done < ENOUGH || seconds <= 0) return far;
  const rate = done / seconds;
  const left = Math.ceil((total - done) / rate);
  const minutes = Math.floor(left / 60);
  const time = minutes === 0 ? `${left}s` : `${minutes}min ${left % 60}s`;
  return `${far}, ${rate < 10 ? rate.toFixed(1) : count(Math.round(rate))} a second, ${time} to go`;
}
