// A change as `--json` shows it, whichever command found it.

import { type Change, stepsOf } from '../diff/change.ts';
import { pathText } from '../network/path.ts';

export function changeJson({
  op,
  kind,
  pair,
  leaf,
  before,
  after,
}: Change): Readonly<Record<string, unknown>> {
  return {
    op,
    kind,
    path: pathText(stepsOf(pair), leaf),
    before: before?.value ?? null,
    after: after?.value ?? null,
  };
}
