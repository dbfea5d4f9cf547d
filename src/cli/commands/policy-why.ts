// `sluice policy why`: the answer of `policy can` with every row that has a part in it.

import { networkMatches } from '../../policy/names.ts';
import { wallClockText } from '../../policy/time-window.ts';
import { groupsOf, listOf, longReasons } from '../answer-words.ts';
import type { Console } from '../console.ts';
import type { ExitStatus } from '../exit-status.ts';
import { line, newPage, pageText } from '../page.ts';
import type { AskFlags } from '../policy-flags.ts';
import { nameOf } from '../verdict-words.ts';
import { type Asked, askOn } from './policy-can.ts';

export function policyWhy(words: readonly string[], flags: AskFlags, console: Console): Promise<ExitStatus> {
  return askOn(words, 'policy why', flags, console, (asked) => ({
    text: () => {
      const { question, network, answers } = asked;
      const page = newPage(console.out, false);
      const who = nameOf(question.subject ?? '');
      const roles = rolesOf(asked);
      line(page, [
        'dim',
        `${who} on ${network}, ${wallClockText(question.clock, 'UTC')}; ${roles.length === 0 ? 'no role there' : listOf(roles)}`,
      ]);
      for (const { scope, answer } of answers) {
        if (answers.length > 1) line(page, ['dim', `${scope}:`]);
        for (const group of groupsOf(answer)) longReasons(page, group);
      }
      return pageText(page);
    },
    json: () => ({ roles: rolesOf(asked) }),
  }));
}

/** Every role of the subject on the network, by whatever way. */
function rolesOf({ question: { policy, subject }, network }: Asked): readonly string[] {
  const found = new Set<string>(subject === null ? [] : [subject]);
  for (const member of found) {
    for (const link of policy.links)
      if (link.member === member && networkMatches(network, link.network)) found.add(link.role);
  }
  return [...found].filter((one) => one !== subject);
}
