// What a command is to work on: scripts, whole networks, or a saved plan, told apart by their first character.

import { readSource } from '../apply/load-files.ts';
import { type Checked, type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { type Source, span } from '../source/source.ts';

export type Inputs =
  | { readonly type: 'scripts'; readonly sources: readonly Source[] }
  | { readonly type: 'networks'; readonly sources: readonly Source[] }
  | { readonly type: 'saved'; readonly source: Source };

export type Kind = Inputs['type'];

const PLURAL: Readonly<Record<Kind, string>> = {
  scripts: 'scripts',
  networks: 'network XML',
  saved: 'a saved plan',
};

/**
 * A script cannot begin with `<` or `{`, so the first character that is no white space tells. A `<diff>` is a script in
 * another form: the patches of RFC 5261.
 */
export function kindOf(source: Source): Kind {
  const first = /[^\s\ufeff]/.exec(source.text)?.[0];
  if (first === '<') return rootName(source.text) === 'diff' ? 'scripts' : 'networks';
  return first === '{' ? 'saved' : 'scripts';
}

/** The name of the first element, behind declaration and comments; empty when there is none. */
function rootName(text: string): string {
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    const close = text.startsWith('<!--', at) ? '-->' : text.startsWith('<?', at) ? '?>' : null;
    if (close === null) return /[^\s/>]*/y.exec(text.slice(at + 1, at + 100))?.[0] ?? '';
    const end = text.indexOf(close, at);
    if (end === -1) return '';
    at = end + close.length;
  }
  return '';
}

/** Reads every file, `-` from stdin; all that cannot be read is told. `takes` is what the command can work on. */
export function readInputs(names: readonly string[], takes: readonly Kind[]): Checked<Inputs | null> {
  const diagnostics: Diagnostic[] = [];
  const sources: Source[] = [];
  for (const [index, name] of names.entries()) {
    if (name === '-' && names.indexOf('-') < index) {
      diagnostics.push(error('SL906', null, 'stdin can be read only once', { help: 'name `-` once' }));
      continue;
    }
    const read = readSource(name);
    if (read.ok) sources.push(read.value);
    else diagnostics.push(read.error);
  }
  if (diagnostics.length > 0) return { value: null, diagnostics };

  const first = sources[0]!; // commander asks for at least one
  const kind = kindOf(first);
  for (const source of sources) {
    const other = kindOf(source);
    const problem = !takes.includes(other)
      ? {
          message: `${PLURAL[other]} is not what this command takes`,
          help: `it takes ${takes.map((one) => PLURAL[one]).join(' or ')}`,
        }
      : other !== kind
        ? {
            message: `\`${first.name}\` and \`${source.name}\` are ${PLURAL[kind]} and ${PLURAL[other]}`,
            help: 'give one kind at a time',
          }
        : kind === 'saved' && source !== first
          ? { message: 'one saved plan at a time', help: null }
          : null;
    if (problem !== null)
      diagnostics.push(error('SL917', beginning(source), problem.message, { help: problem.help }));
  }
  if (diagnostics.length > 0) return { value: null, diagnostics };
  return { value: kind === 'saved' ? { type: kind, source: first } : { type: kind, sources }, diagnostics };
}

/** The inputs with `--xml`: said to be networks, so whatever else they are is a mistake that XML's reader explains. */
export function readNetworks(names: readonly string[]): Checked<Inputs | null> {
  const { value, diagnostics } = readInputs(names, ['networks', 'scripts', 'saved']);
  if (value === null) return { value, diagnostics };
  return {
    value: { type: 'networks', sources: value.type === 'saved' ? [value.source] : value.sources },
    diagnostics,
  };
}

function beginning(source: Source): ReturnType<typeof span> {
  const start = Math.max(0, source.text.search(/[^\s\ufeff]/));
  return span(source, start, Math.min(start + 1, source.text.length));
}
