// `sluice explain`: the page of a diagnostic code, or the list of all.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { catalogue } from '../../diagnostics/catalogue.ts';
import { error } from '../../diagnostics/diagnostic.ts';
import { painter } from '../../diagnostics/render-paint.ts';
import { nearestName } from '../../std/nearest-name.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { OutputFlags } from '../flags.ts';
import { conclude, fail } from '../outcome.ts';
import { packageRoot } from '../package-root.ts';
import { renderMarkdown } from '../render-markdown.ts';

/** Every code with its title, in order. */
export const CODES: readonly (readonly [code: string, title: string])[] = Object.entries(catalogue)
  .map(([code, title]) => [code, String(title)] as const)
  .sort(([a], [b]) => (a < b ? -1 : 1));

export function explain(wanted: string | null, flags: OutputFlags, console: Console): ExitStatus {
  if (wanted === null) return list(flags, console);
  const code = wanted.toUpperCase();
  const found = CODES.find(([known]) => known === code);
  if (found === undefined) {
    const near = nearestName(
      code,
      CODES.map(([known]) => known),
    );
    const help =
      near === null
        ? '`sluice explain` lists all codes'
        : `did you mean \`${near}\`? \`sluice explain\` lists all codes`;
    return fail(console, 'explain', flags.json, EXIT.error, [
      error('SL908', null, `unknown code \`${wanted}\``, { help }),
    ]);
  }
  const page = readFileSync(path.join(packageRoot(), 'docs', 'diagnostics', `${code}.md`), 'utf8');
  const text = console.out.terminal || console.out.colour ? renderMarkdown(page, console.out) : page;
  return conclude(console, 'explain', flags.json, {
    status: EXIT.done,
    diagnostics: [],
    text: () => text,
    json: () => ({ code, title: found[1], page }),
  });
}

function list(flags: OutputFlags, console: Console): ExitStatus {
  const paint = painter(console.out.colour);
  const text = CODES.map(([code, title]) => `${paint('bold', code)}  ${title}\n`).join('');
  const codes = CODES.map(([code, title]) => ({ code, title }));
  return conclude(console, 'explain', flags.json, {
    status: EXIT.done,
    diagnostics: [],
    text: () => text,
    json: () => ({ codes }),
  });
}
