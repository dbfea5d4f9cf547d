// Our own pages on a terminal: headings, code and emphasis of the Markdown that docs/diagnostics uses, and no more of it.

import { type Paint, painter } from '../diagnostics/render-paint.ts';
import { visible, widthOf } from '../diagnostics/render-text.ts';
import type { Look } from './console.ts';

/** Prose is filled to the width of the terminal, at most 90 columns; code stays as it is, indented. */
export function renderMarkdown(page: string, look: Look): string {
  const paint = painter(look.colour);
  const width = Math.min(look.width, 90);
  const out: string[] = [];
  let code = false;
  let paragraph: string[] = [];
  const flush = (): void => {
    if (paragraph.length > 0) out.push(...fill(paragraph.join(' '), width, paint));
    paragraph = [];
  };
  for (const line of page.trimEnd().split('\n')) {
    if (line.startsWith('```')) {
      flush();
      code = !code;
    } else if (code) {
      out.push(paint('cyan', `    ${visible(line)}`.trimEnd()));
    } else if (line.startsWith('#')) {
      flush();
      out.push(paint('bold', visible(line.replace(/^#+ /, ''))));
    } else if (line === '') {
      flush();
      out.push('');
    } else {
      if (/^([-*] |\d+\. )/.test(line)) flush();
      paragraph.push(line.trim());
    }
  }
  flush();
  return `${out.join('\n')}\n`;
}

/** Lines of words; those of a list item stand behind its mark. `code` keeps its backticks where there is no colour. */
function fill(text: string, width: number, paint: Paint): readonly string[] {
  const indent = /^([-*] |\d+\. )/.exec(text)?.[0].length ?? 0;
  const lines: string[] = [];
  let line = '';
  for (const word of visible(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line.trim() !== '' && widthOf(longer) > width) {
      lines.push(line);
      line = ' '.repeat(indent) + word;
    } else {
      line = longer;
    }
  }
  lines.push(line);
  return decorate(lines.join('\n'), paint).split('\n');
}

function decorate(text: string, paint: Paint): string {
  if (paint('bold', 'x') === 'x') return text;
  return text
    .replace(/`([^`\n]+)`/g, (_all, code: string) => paint('cyan', code))
    .replace(/\*\*([^*\n]+)\*\*/g, (_all, strong: string) => paint('bold', strong));
}
