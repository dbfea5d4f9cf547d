// A question on the terminal, answered with yes or with anything else.

import { createInterface } from 'node:readline';
import type { Console } from './console.ts';

export type Answer = 'yes' | 'no' | 'interrupted';

/** Asks on stderr and waits for a line. Only `y` and `yes` mean yes; the end of the input is a no, Ctrl-C is neither. */
export function ask(question: string, console: Console): Promise<Answer> {
  return new Promise((resolve) => {
    const reader = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
    const answer = (given: Answer): void => {
      resolve(given);
      reader.close();
    };
    reader.on('SIGINT', () => {
      console.say('\n');
      answer('interrupted');
    });
    reader.on('close', () => resolve('no'));
    reader.question(question, (text) => answer(/^\s*y(es)?\s*$/i.test(text) ? 'yes' : 'no'));
  });
}
