// A whole text for stdout: as it is into a pipe, which loses nothing; on a terminal without what could fool it.

import { visible } from '../diagnostics/render-text.ts';
import type { Look } from './console.ts';

export function forOutput(text: string, look: Look): string {
  if (!look.terminal) return text;
  return text
    .split('\n')
    .map((line) => line.replace(/\r$/, '').split('\t').map(visible).join('\t'))
    .join('\n');
}
