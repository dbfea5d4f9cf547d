// Script text to tree: lex, cut into items, parse each by itself. All problems of a script come at once.

import type { IToken } from 'chevrotain';
import { type Checked, type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { type Source, span } from '../source/source.ts';
import type { Item, Script } from './ast.ts';
import { codePointName, FORBIDDEN } from './characters.ts';
import { cutScript, type Piece, syntheticToken, tokensOf } from './cut.ts';
import { explain } from './explain.ts';
import { UpdateParser } from './grammar.ts';
import { type Lexed, makeLexer, Separator } from './tokens.ts';

/** More errors than anybody reads: the script is something else. */
const MAX_ERRORS = 1000;

const SPENT = syntheticToken(Separator, '');

type Machine = { readonly lex: (text: string) => Lexed; readonly parser: UpdateParser };

let machine: Machine | null = null;

/** Made on the first parse: a process that parses no script does not pay for it. A test checks the grammar itself. */
function theMachine(): Machine {
  machine ??= { lex: makeLexer('skip'), parser: new UpdateParser('skip') };
  return machine;
}

/** The tokens of a text, comments and white space aside, for the formatter. */
export function lexScript(text: string): readonly IToken[] {
  return theMachine().lex(text).tokens;
}

/**
 * Parses a script, of many lines or of one statement. The value holds every item that could be read, so with errors
 * it is not the whole script. Accepts a byte order mark and CRLF. Never throws for any text, and takes time linear
 * in its length; after a thousand errors it stops and says so (SL318).
 */
export function parseScript(source: Source): Checked<Script> {
  const diagnostics: Diagnostic[] = [];
  let errors = 0;
  const report = (problem: Diagnostic): 'go on' | 'stop' => {
    if (errors >= MAX_ERRORS) return 'stop';
    diagnostics.push(problem);
    if (problem.severity === 'error') errors++;
    return errors >= MAX_ERRORS ? 'stop' : 'go on';
  };

  refuseForbidden(source, report);
  const { lex, parser } = theMachine();
  const lexed = lex(source.text);
  parser.begin(source, report);
  const pieces = cutScript(source, lexed, report);
  const items: Item[] = [];
  const placed: Placed = { statement: false, scope: null, because: null };
  const parsePieces = (wanted: readonly Piece[], into: Item[], place: 'top' | 'block'): void => {
    for (const piece of wanted) {
      if (errors >= MAX_ERRORS) return;
      const item = piece.sound ? parsePiece(source, parser, lexed, piece, report) : null;
      // the tree replaces the tokens: together they would take half as much again
      lexed.tokens.fill(SPENT, piece.first, piece.end);
      if (item !== null) checkPlace(item, place, placed, report);
      const body: Item[] = [];
      if (piece.body !== null) parsePieces(piece.body, body, 'block');
      if (item !== null) into.push('body' in item ? { ...item, body } : item);
    }
  };
  parsePieces(pieces, items, 'top');
  parser.end();

  diagnostics.sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
  if (errors >= MAX_ERRORS) {
    const last = diagnostics.at(-1)?.span ?? null;
    diagnostics.push(
      error('SL318', last, `more than ${MAX_ERRORS} errors: the rest of the script was not read`, {
        help: 'is this a Sluice script?',
      }),
    );
  }
  return { value: { source, items }, diagnostics };
}

function parsePiece(
  source: Source,
  parser: UpdateParser,
  lexed: Lexed,
  piece: Piece,
  report: (problem: Diagnostic) => void,
): Item | null {
  const tokens = tokensOf(lexed.tokens, piece);
  const before = parser.errorsTold;
  parser.input = tokens;
  const item = parser.item();
  const [refusal] = parser.errors;
  if (refusal === undefined) return item;
  const explanation = explain(source, tokens, lexed.tokens[piece.end], refusal);
  // a `${…}` that is none lets its string end at the first quote inside: that has been told
  if (explanation.code !== 'SL314' || parser.errorsTold === before) report(explanation);
  return null;
}

/** What of the script has been met that only its beginning, or only one place, may hold. */
type Placed = { statement: boolean; scope: Item | null; because: Item | null };

/** Declarations of the whole script stand at the top level; `scope` and the script's reason before any statement. */
function checkPlace(
  item: Item,
  place: 'top' | 'block',
  placed: Placed,
  report: (problem: Diagnostic) => void,
): void {
  switch (item.type) {
    case 'include':
    case 'param':
      if (place === 'block') {
        report(misplaced(item, `\`${item.type}\` stands only at the top level`, 'move it out of the block'));
      }
      return;
    case 'scope':
    case 'because': {
      const first = placed[item.type];
      placed[item.type] ??= item;
      if (place === 'block') {
        const help =
          item.type === 'scope'
            ? 'move it to the top, or narrow the scope with `in live { … }`'
            : 'move it to the top, or write it at the end of the line of its statement';
        const which = item.type === 'scope' ? '`scope`' : '`because` on a line of its own';
        report(misplaced(item, `${which} stands only at the top level`, help));
      } else if (first !== null) {
        report(
          error('SL310', item.span, `\`${item.type}\` is given twice`, {
            labels: [{ span: first.span, message: 'first given here' }],
            help: 'leave one of them out',
          }),
        );
      } else if (placed.statement) {
        const help =
          item.type === 'scope'
            ? 'move it to the top of the script'
            : 'move it to the top for the whole script, or write it at the end of the line of its statement';
        report(misplaced(item, `\`${item.type}\` stands before the first statement`, help));
      }
      return;
    }
    case 'namespace':
    case 'let':
      return;
    default:
      placed.statement = true;
  }
}

function misplaced(item: Item, message: string, help: string): Diagnostic {
  return error('SL310', item.span, message, { help });
}

/** Characters that may stand nowhere, wherever they stand. */
function refuseForbidden(source: Source, report: (problem: Diagnostic) => 'go on' | 'stop'): void {
  const forbidden = new RegExp(FORBIDDEN, 'g');
  for (let found = forbidden.exec(source.text); found !== null; found = forbidden.exec(source.text)) {
    const unit = found[0].charCodeAt(0);
    const { index } = found;
    if (report(forbiddenCharacter(source, index, unit)) === 'stop') return;
  }
}

function forbiddenCharacter(source: Source, index: number, unit: number): Diagnostic {
  const at = span(source, index, index + 1);
  if (unit === 0x0d) {
    return error('SL301', at, 'carriage return without a line feed', { help: 'end lines with LF or CRLF' });
  }
  if (unit >= 0xd800 && unit <= 0xdfff) {
    return error('SL301', at, `half of a surrogate pair (${codePointName(unit)})`, {
      help: 'save the script as UTF-8',
    });
  }
  if (unit >= 0x2000 && unit <= 0x2fff) {
    return error('SL301', at, `${codePointName(unit)} shows the text in another order than it is read`, {
      help: 'remove it; in a string it can be written as `\\u{' + unit.toString(16) + '}`',
    });
  }
  return error('SL301', at, `control character ${codePointName(unit)}`, { help: 'remove it' });
}
