// The prompt: who, on which network of which target, what is staged, and in which scope. All of it in letters and signs.

import { shorten, visible } from '../diagnostics/render-text.ts';
import type { Operation } from '../diff/change.ts';
import { isDenied, outlookOf } from './outlook.ts';
import { type Session, scopeOf } from './session.ts';

/** `alice@default networks [config] +2 ~1 -1 !2`; behind `?` it is a question about somebody else. */
export function promptText(session: Session, network: string | null, realSubject: string): string {
  const { setting, staged } = session;
  const words = [who(setting.subject, realSubject) + (network === null ? '' : `@${visible(network)}`)];
  words.push(shortTarget(setting.target));
  const scope = scopeOf(setting, staged);
  if (scope !== null) words.push(`[${scope}]`);
  if (staged.length > 0) {
    const tally: Record<Operation, number> = { add: 0, remove: 0, modify: 0, move: 0 };
    let denied = 0;
    for (const { changes, verdicts } of outlookOf(session)) {
      for (const { op } of changes) tally[op]++;
      denied += verdicts.filter(isDenied).length;
    }
    words.push(`+${tally.add} ~${tally.modify + tally.move} -${tally.remove}`);
    if (denied > 0) words.push(`!${denied}`);
  }
  return `${words.join(' ')}> `;
}

function who(subject: string, realSubject: string): string {
  const name = visible(subject.replace(/^user:/, ''));
  return subject === realSubject ? name : `what-if-${name}`;
}

/** The last folder of `dir:/var/lib/networks`; of a daemon its address, without the way to its socket. */
function shortTarget(target: string): string {
  const folder = /^dir:(?:.*\/)?([^/]+)\/?$/.exec(target)?.[1];
  return visible(shorten(folder ?? target.replace(/\?.*$/, ''), 32, '...'));
}
