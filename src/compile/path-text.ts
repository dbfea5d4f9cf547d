// A text that is one path of the update language, outside of any statement: what `show` is given.

import { type Checked, type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import type { DraftElement } from '../patch/draft.ts';
import type { Source, Span } from '../source/source.ts';
import type { Mods, Name, Path } from '../syntax/ast.ts';
import { parseScript } from '../syntax/parse.ts';
import { nothingFound, resolve, type Scene } from './resolve.ts';

/** The elements that the path finds. Mistakes are shown where the text was given; SL411 for what is no path. */
export function elementsAtPath(
  given: Name,
  scene: Omit<Scene, 'problems'>,
): Checked<readonly DraftElement[]> {
  const parsed = parsePath(given);
  if (parsed.value === null) return { value: [], diagnostics: parsed.diagnostics };
  const { path, inPath } = parsed.value;
  const problems: Diagnostic[] = [];
  const resolution = resolve({ ...scene, problems }, path);
  switch (resolution.type) {
    case 'found':
      return { value: resolution.places.map(({ at }) => at), diagnostics: [] };
    case 'missing':
      return { value: [], diagnostics: [inPath(nothingFound(path, resolution))] };
    case 'wrong':
      return { value: [], diagnostics: problems.map(inPath) };
  }
}

type ParsedPath = { readonly path: Path; readonly inPath: (diagnostic: Diagnostic) => Diagnostic };

const VERB = 'remove ';

/** The language has no text that is a path alone, so it is read as the path of a statement, and places are moved back. */
function parsePath({ text, span: at }: Name): Checked<ParsedPath | null> {
  const wrapped: Source = { name: at.source.name, text: VERB + text };
  const back = (span: Span): Span =>
    span.source === wrapped
      ? {
          source: at.source,
          start: at.start + Math.max(0, span.start - VERB.length),
          end: at.start + Math.max(0, span.end - VERB.length),
        }
      : span;
  const inPath = (diagnostic: Diagnostic): Diagnostic => ({
    ...diagnostic,
    span: diagnostic.span === null ? null : back(diagnostic.span),
    labels: diagnostic.labels.map((label) => ({ ...label, span: back(label.span) })),
  });
  const { value, diagnostics } = parseScript(wrapped);
  const [item] = value.items;
  const statement = item?.type === 'remove' && value.items.length === 1 ? item : null;
  if (statement !== null && !hasErrors(diagnostics) && isBare(statement.mods))
    return { value: { path: statement.path, inPath }, diagnostics: [] };
  // nobody wrote a statement, so nobody is told how one is written
  const inside = diagnostics.filter(({ help }) => help?.includes(VERB.trim()) !== true);
  return {
    value: null,
    diagnostics:
      inside.length > 0 && text.trim() !== ''
        ? inside.map(inPath)
        : [error('SL411', at, `\`${text}\` is no path`, { help: helpFor(text) })],
  };
}

/** `each` and the like belong to statements. */
function isBare({ ifExists, count, because }: Mods): boolean {
  return !ifExists && count.type === 'one' && because === null;
}

function helpFor(text: string): string {
  const owner = /^([^@\s]+)@[\w:-]+$/.exec(text)?.[1];
  return owner === undefined
    ? 'a path is such as `ip[10.0.0.1].dhcp`'
    : `a path finds elements: \`${owner}\` shows this one with its attributes`;
}
