// Help while typing, from the table of commands and the forms of the verbs.

import type { Advisor } from './advisor.ts';
import { commands, formOf } from './commands.ts';
import { verbHelp } from './verb-help.ts';

export function typedAdvisor(): Advisor {
  return {
    complete: (_shell, { line }) => {
      const names = [...commands.map(({ name }) => name), ...verbHelp.map(({ head }) => head)];
      const fit = names.filter((name) => name.startsWith(line));
      const [only] = fit;
      if (fit.length === 1 && only !== undefined) return { insert: `${only.slice(line.length)} `, list: '' };
      return { insert: '', list: fit.map((name) => `  ${name}\n`).join('') };
    },
    next: (_shell, { line }) => {
      const first = line.trim().split(/\s/)[0];
      const spec = commands.find(({ name }) => name === first);
      const verb = verbHelp.find(({ head }) => head === first);
      return `  ${spec === undefined ? (verb?.form ?? '') : formOf(spec)}\n`;
    },
    takesQuestion: ({ line }) => /\s$/.test(line),
    hint: () => '',
  };
}
