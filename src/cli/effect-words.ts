// How changes take effect where they are applied, in words: at once, with what that costs, or when the network starts again.

import { type Change, type Pair, stepsOf } from '../diff/change.ts';
import { pathText } from '../network/path.ts';
import type { DocumentPlan, TakesEffect } from '../plan/plan.ts';
import { unreachable } from '../std/unreachable.ts';
import { arrow, dots, line, type Page } from './page.ts';
import type { Block } from './plan-blocks.ts';

export type Effects = ReadonlyMap<Change, TakesEffect>;

export function effectsOf({ changes, effects }: Pick<DocumentPlan, 'changes' | 'effects'>): Effects {
  return new Map(
    changes.flatMap((change, at) => {
      const effect = effects[at];
      return effect === undefined ? [] : [[change, effect] as const];
    }),
  );
}

/** Empty for what is stored, and needs no word. */
export function effectText(effect: TakesEffect): string {
  switch (effect.type) {
    case 'stored':
      return '';
    case 'at-once': {
      const costs = [
        ...(effect.restartsDnsmasq ? ['dnsmasq restarts'] : []),
        ...(effect.reloadsFirewall ? ['the firewall rules of the network are reloaded'] : []),
      ];
      return costs.length === 0 ? 'at once' : `at once; ${costs.join(', and ')}`;
    }
    case 'new-guests-only':
      return 'at once for new guests; those that run keep what they have';
    case 'next-start':
      return `when the network starts the next time${effect.because === null ? '' : `: ${effect.because}`}`;
    case 'not-possible':
      return `not possible: ${effect.because}`;
    default:
      return unreachable(effect);
  }
}

/** Elements that are named before they are only counted. */
const MOST_NAMED = 3;

/** A line for each way in which the blocks take effect; with several, which elements each is about. */
export function renderEffects(page: Page, blocks: readonly Block[], effects: Effects): void {
  const ways = new Map<string, Set<Pair>>();
  for (const { parts } of blocks) {
    for (const { change } of parts) {
      const effect = effects.get(change);
      const text = effect === undefined ? '' : effectText(effect);
      const pairs = ways.get(text);
      if (pairs === undefined) ways.set(text, new Set([change.pair]));
      else pairs.add(change.pair);
    }
  }
  for (const [text, pairs] of ways) {
    if (text === '') continue;
    const about = ways.size === 1 ? '' : `${named(page, [...pairs])}: `;
    line(page, ['cyan', `    ${arrow(page)} `], [null, `${about}${text}`]);
  }
}

function named(page: Page, pairs: readonly Pair[]): string {
  const shown = pairs.slice(0, MOST_NAMED).map((pair) => pathText(stepsOf(pair)));
  return pairs.length > shown.length ? `${shown.join(', ')}, ${dots(page)}` : shown.join(', ');
}
