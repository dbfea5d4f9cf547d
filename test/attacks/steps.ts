// How much work something is, in steps: how often V8 entered a function or a block of ours. Unlike time, the same on
// every machine. What V8 does itself, in a regular expression or a sort, is not in it.

import { Session } from 'node:inspector';

/**
 * From now on steps can be counted, of code under src/ that is imported from now on: only while it is compiled does V8
 * put counters into its blocks, and what it optimised without them it does not count.
 */
export function countSteps(): (run: () => void) => number {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return (run) => {
    // counts start again after each taking
    session.post('Profiler.takePreciseCoverage');
    run();
    let steps = 0;
    session.post('Profiler.takePreciseCoverage', (problem, taken) => {
      if (problem !== null) throw problem;
      for (const { url, functions } of taken.result) {
        if (!url.includes('/src/')) continue;
        for (const { ranges } of functions) for (const { count } of ranges) steps += count;
      }
    });
    return steps;
  };
}
