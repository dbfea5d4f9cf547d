// What names stand for while a script runs, and what a written value comes to.

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { nearestName } from '../std/nearest-name.ts';
import type { Name, Value, ValuePart } from '../syntax/ast.ts';
import type { Row } from './data.ts';

export type Binding =
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'row'; readonly row: Row };

/** Names by block: inner blocks see outer names and may not hide them. */
export type Environment = { readonly outer: Environment | null; readonly names: Map<string, Binding> };

export function emptyEnvironment(): Environment {
  return { outer: null, names: new Map() };
}

export function inside(outer: Environment): Environment {
  return { outer, names: new Map() };
}

export function lookUp(environment: Environment, name: string): Binding | undefined {
  for (let at: Environment | null = environment; at !== null; at = at.outer) {
    const found = at.names.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Binds a name in this block; a diagnostic when it is bound already, here or outside (no shadowing). */
export function bind(environment: Environment, name: Name, binding: Binding): Diagnostic | null {
  if (lookUp(environment, name.text) !== undefined) {
    return error('SL441', name.span, `\`${name.text}\` already stands for something`, {
      help: 'choose another name; a name means one thing in the whole script',
    });
  }
  environment.names.set(name.text, binding);
  return null;
}

/** All names in reach, for did-you-mean. */
function* namesIn(environment: Environment): Generator<string> {
  for (let at: Environment | null = environment; at !== null; at = at.outer) yield* at.names.keys();
}

/** The text a value comes to; null when a variable in it is not good, with the diagnostic in `problems`. */
export function evaluate(value: Value, environment: Environment, problems: Diagnostic[]): string | null {
  const [only] = value.parts;
  if (value.parts.length === 1 && only?.type === 'literal') return only.text;
  let text = '';
  for (const part of value.parts) {
    const piece = part.type === 'literal' ? part.text : variable(part, environment, problems);
    if (piece === null) return null;
    text += piece;
  }
  return text;
}

function variable(
  part: Extract<ValuePart, { type: 'variable' }>,
  environment: Environment,
  problems: Diagnostic[],
): string | null {
  const found = lookUp(environment, part.name);
  if (found === undefined) {
    const near = nearestName(part.name, namesIn(environment));
    problems.push(
      error('SL440', part.span, `unknown variable \`$${part.name}\``, {
        help:
          near === null
            ? 'give it a value with `let`, `param` or `for` before it is used'
            : `did you mean \`$${near}\`?`,
      }),
    );
    return null;
  }
  if (found.type === 'text') {
    if (part.column === null) return found.value;
    problems.push(
      error('SL444', part.span, `\`$${part.name}\` is a plain value and has no column \`${part.column}\``, {
        help: `write \`$${part.name}\` alone`,
      }),
    );
    return null;
  }
  const { row } = found;
  if (part.column === null) {
    problems.push(
      error('SL446', part.span, `\`$${part.name}\` is a whole row`, {
        help: `name a column: ${[...row.cells.keys()]
          .slice(0, 6)
          .map((column) => `\`$${part.name}.${column}\``)
          .join(', ')}`,
      }),
    );
    return null;
  }
  const cell = row.cells.get(part.column);
  if (cell === undefined) {
    const near = nearestName(part.column, row.cells.keys());
    problems.push(
      error('SL444', part.span, `row ${row.label} has no column \`${part.column}\``, {
        labels: [{ span: row.span, message: `this row has ${listed([...row.cells.keys()])}` }],
        help:
          near === null
            ? `give the row a value in column \`${part.column}\`, or use another column`
            : `did you mean \`$${part.name}.${near}\`?`,
      }),
    );
    return null;
  }
  return cell;
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'no column at all';
  const shown = names
    .slice(0, 8)
    .map((name) => `\`${name}\``)
    .join(', ');
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}
