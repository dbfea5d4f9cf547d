// Lines into what is run as one: a command is a line, a block of the update language goes on until its brackets are closed.

import { lexScript } from '../syntax/parse.ts';
import { BrokenXml, LBrace, LParen, RBrace, RParen } from '../syntax/tokens.ts';
import { readingOf } from './command-grammar.ts';

/** Whether a text needs more lines: a bracket is open, an XML literal is, or its last line ends in `\`. */
export function isUnfinished(text: string): boolean {
  if (isCommand(text)) return false;
  if (/(^|[^\\])\\[ \t]*$/.test(text)) return true;
  let depth = 0;
  let xml = false;
  for (const { tokenType } of lexScript(text)) {
    if (tokenType === LBrace || tokenType === LParen) depth++;
    else if (tokenType === RBrace || tokenType === RParen) depth--;
    else if (tokenType === BrokenXml) xml = true;
  }
  return depth > 0 || xml;
}

function isCommand(text: string): boolean {
  return readingOf({ name: '', text }).value.type === 'command';
}

/** A pasted text: commands line by line, and all that stands between two of them as one. `rest` waits for more lines. */
export function piecesOf(text: string): { readonly pieces: readonly string[]; readonly rest: string } {
  const pieces: string[] = [];
  let script: string[] = [];
  let open: string[] = [];
  const flush = (): void => {
    if (script.some((line) => line.trim() !== '')) pieces.push(script.join('\n'));
    script = [];
  };
  for (const line of text.split('\n')) {
    if (open.length === 0 && isCommand(line)) {
      flush();
      pieces.push(line);
      continue;
    }
    open.push(line);
    if (isUnfinished(open.join('\n'))) continue;
    script.push(...open);
    open = [];
  }
  flush();
  return { pieces, rest: open.join('\n') };
}
