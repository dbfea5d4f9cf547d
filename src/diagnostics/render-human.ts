// Diagnostics for people: the place, the line, a caret under the words that are meant, and the next step.

import { lineText, positionAt, type Source, type Span } from '../source/source.ts';
import type { Diagnostic, Severity } from './diagnostic.ts';
import { type Paint, painter, type Style } from './render-paint.ts';
import { excerpt, shorten, visible } from './render-text.ts';

export type HumanOptions = {
  readonly colour: boolean;
  /** Columns of the terminal; source lines are windowed to it. */
  readonly width: number;
  /** False where only ASCII can be shown: `...` instead of `…`. */
  readonly unicode: boolean;
  /** At most this many are shown, errors before warnings, with a count of the rest; null shows all. */
  readonly limit: number | null;
};

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];
const STYLE: Readonly<Record<Severity, Style>> = {
  error: 'bold-red',
  warning: 'bold-yellow',
  note: 'bold-cyan',
};

/** The longest line of a message that is printed, and the longest quotation in one: what a user wrote can be long. */
const LONGEST = 1000;
const LONGEST_QUOTE = 80;

/**
 * Diagnostics as text, sorted by place, with a blank line between two and a summary when there is more than one.
 * Empty for none; else it ends with a line end.
 */
export function renderHuman(diagnostics: readonly Diagnostic[], options: HumanOptions): string {
  if (diagnostics.length === 0) return '';
  const paint = painter(options.colour);
  const shown = byPlace(chosen(diagnostics, options.limit));
  const blocks = shown.map((diagnostic) => renderOne(diagnostic, options, paint));
  const hidden = diagnostics.length - shown.length;
  if (hidden > 0) blocks.push(`${options.unicode ? '…' : '...'} and ${hidden} more\n`);
  if (diagnostics.length > 1) blocks.push(`${paint('bold', summarize(diagnostics))}\n`);
  return blocks.join('\n');
}

/** `3 errors, 1 warning`. */
export function summarize(diagnostics: readonly Diagnostic[]): string {
  return SEVERITIES.flatMap((severity) => {
    const count = diagnostics.filter((d) => d.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? '' : 's'}`];
  }).join(', ');
}

function chosen(diagnostics: readonly Diagnostic[], limit: number | null): readonly Diagnostic[] {
  if (limit === null || diagnostics.length <= limit) return diagnostics;
  return SEVERITIES.flatMap((severity) => diagnostics.filter((d) => d.severity === severity)).slice(0, limit);
}

/** Those without a place first, then source by source in the order in which the sources came up. */
function byPlace(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const order = new Map<Source | null, number>([[null, 0]]);
  for (const { span } of diagnostics) {
    if (span !== null && !order.has(span.source)) order.set(span.source, order.size);
  }
  const rank = (d: Diagnostic): number => order.get(d.span?.source ?? null) ?? 0;
  return [...diagnostics].sort((a, b) => rank(a) - rank(b) || (a.span?.start ?? 0) - (b.span?.start ?? 0));
}

type Mark = { readonly span: Span; readonly message: string | null; readonly primary: boolean };

function renderOne(diagnostic: Diagnostic, options: HumanOptions, paint: Paint): string {
  const style = STYLE[diagnostic.severity];
  const lines: string[] = [];
  const [title = '', ...rest] = textLines(diagnostic.message, options);
  lines.push(`${paint(style, `${diagnostic.severity}[${diagnostic.code}]`)}${paint('bold', `: ${title}`)}`);
  for (const line of rest) lines.push(`    ${line}`);

  const marks: Mark[] =
    diagnostic.span === null ? [] : [{ span: diagnostic.span, message: null, primary: true }];
  for (const label of diagnostic.labels)
    marks.push({ span: label.span, message: label.message, primary: false });
  const located = marks.map((mark) => ({ mark, at: positionAt(mark.span.source, mark.span.start) }));
  const gutter = String(Math.max(1, ...located.map(({ at }) => at.line))).length;
  const bar = paint('blue', `${' '.repeat(gutter)} |`);

  const sources = [...new Set(marks.map((mark) => mark.span.source))];
  for (const [index, source] of sources.entries()) {
    const here = located.filter(({ mark }) => mark.span.source === source);
    const head = here[0]!; // the source was taken from one of them
    const arrow = `${' '.repeat(gutter)}${index === 0 ? '-->' : ':::'}`;
    if (index > 0) lines.push(bar);
    lines.push(`${paint('blue', arrow)} ${visible(source.name)}:${head.at.line}:${head.at.column}`, bar);
    const byLine = [...here].sort((a, b) => a.at.line - b.at.line || a.mark.span.start - b.mark.span.start);
    let shownLine = 0;
    let shownText = '';
    for (const { mark, at } of byLine) {
      const snippet = cut(mark.span, at.line, options, gutter);
      // two marks on one line share it, unless the line is so long that each needs another window
      if (shownLine !== at.line || shownText !== snippet.text) {
        if (shownLine > 0 && at.line > shownLine + 1) lines.push(paint('blue', '...'));
        lines.push(`${paint('blue', `${String(at.line).padStart(gutter)} |`)} ${snippet.text}`.trimEnd());
      }
      shownLine = at.line;
      shownText = snippet.text;
      const carets = (mark.primary ? '^' : '-').repeat(snippet.length);
      const message = mark.message === null ? '' : ` ${textLines(mark.message, options).join(' ')}`;
      lines.push(
        `${bar} ${' '.repeat(snippet.indent)}${paint(mark.primary ? style : 'blue', `${carets}${message}`)}`,
      );
    }
  }

  if (diagnostic.help !== null) {
    const [first = '', ...more] = textLines(diagnostic.help, options);
    const lead = marks.length === 0 ? '  ' : `${' '.repeat(gutter)} = `;
    if (marks.length > 0) lines.push(bar);
    lines.push(`${paint('blue', lead)}${paint('bold', 'help')}: ${first}`);
    for (const line of more) lines.push(`${' '.repeat(lead.length + 'help: '.length)}${line}`);
  }
  return `${lines.join('\n')}\n`;
}

function cut(at: Span, line: number, options: HumanOptions, gutter: number): ReturnType<typeof excerpt> {
  const text = lineText(at.source, line);
  const lineStart = at.source.text.lastIndexOf('\n', at.start - 1) + 1;
  const start = at.start === 0 ? 0 : at.start - lineStart;
  const width = Math.max(20, options.width - gutter - 3);
  return excerpt(text, start, start + (at.end - at.start), width, options.unicode ? '…' : '...');
}

/** A message may have lines of its own (a list of candidates); each is made visible and kept to a sane length. */
function textLines(text: string, options: HumanOptions): readonly string[] {
  const mark = options.unicode ? '…' : '...';
  const quoted = text.replace(
    /`[^`\n]{80,}`/g,
    (quote) => `\`${shorten(quote.slice(1, -1), LONGEST_QUOTE, mark)}\``,
  );
  return quoted.split('\n').map((line) => shorten(visible(line.slice(0, LONGEST * 2)), LONGEST, mark));
}
