// A session as one script that `sluice apply` accepts: what `save` writes, what `commit` plans, and what the journal keeps.
//
// Included files are written out, statements go into `on` blocks where the target has several networks, and what belongs
// to the top of a script comes first. Names of data files are written as the new place of the script wants them.

import type { LoadedScript } from '../compile/prepare.ts';
import { type Source, span } from '../source/source.ts';
import type { Item, Value } from '../syntax/ast.ts';
import { MADE, makeValue } from '../syntax/make.ts';
import { printItem, printScript } from '../syntax/print.ts';
import { type Session, scopeOf } from './session.ts';

/** How a file that `from` calls `name` is called by the session's script. */
export type Rename = (name: string, from: Source) => string;

/** The script. `because`: a reason for all of it, which stands before those that were staged; null for none. */
export function sessionScript(session: Session, rename: Rename, because: string | null): string {
  const { setting, staged } = session;
  const writer: Writer = {
    rename,
    vars: setting.vars,
    several: setting.available.length > 1,
    head: [],
    because: because === null ? null : { type: 'because', text: makeValue(because), span: MADE },
    parts: [],
  };
  const scope = scopeOf(setting, staged);
  if (scope !== null) writer.head.push({ type: 'scope', scope, span: MADE });
  for (const { unit, prepared } of staged)
    for (const loaded of prepared.scripts) write(writer, loaded, unit.network);
  const items = [...(writer.because === null ? [] : [writer.because]), ...writer.head];
  const parts: Part[] = [...(items.length === 0 ? [] : [{ network: null, items }]), ...writer.parts];
  return parts.map(partText).join('\n');
}

type Writer = {
  readonly rename: Rename;
  readonly vars: ReadonlyMap<string, string>;
  readonly several: boolean;
  readonly head: Item[];
  because: Item | null;
  readonly parts: Part[];
};

/** Items about one network, or about none in particular. */
type Part = { readonly network: string | null; readonly items: Item[] };

function write(writer: Writer, loaded: LoadedScript, network: string | null): void {
  const { source } = loaded.script;
  // RFC 5261 is no text of the language: it stays in its file
  if (loaded.operations.length > 0)
    put(writer, null, {
      type: 'include',
      file: stringValue(writer.rename(source.name, OUTSIDE)),
      span: MADE,
    });
  for (const item of loaded.script.items) {
    const inner = loaded.includes.get(item);
    switch (item.type) {
      case 'include':
        if (inner !== undefined) write(writer, inner, network);
        break;
      case 'scope':
        break;
      case 'because':
        writer.because ??= item;
        break;
      case 'param': {
        const given = writer.vars.get(item.name.text);
        put(writer, null, given === undefined ? item : { ...item, value: stringValue(given) });
        break;
      }
      case 'namespace':
      case 'let':
        put(writer, null, item);
        break;
      case 'on':
        put(writer, null, relocated(writer, item, source));
        break;
      default:
        put(writer, writer.several ? network : null, relocated(writer, item, source));
    }
  }
}

/** Names in it start in the folder where Sluice runs. */
const OUTSIDE: Source = { name: '<session>', text: '' };

function put(writer: Writer, network: string | null, item: Item): void {
  const last = writer.parts.at(-1);
  if (last !== undefined && last.network === network) last.items.push(item);
  else writer.parts.push({ network, items: [item] });
}

function partText({ network, items }: Part): string {
  if (network === null) return printScript({ source: OUTSIDE, items });
  return `${printItem({ type: 'on', networks: [makeValue(network)], body: items, span: MADE })}\n`;
}

function relocated(writer: Writer, item: Item, from: Source): Item {
  switch (item.type) {
    case 'on':
    case 'in':
    case 'when':
      return { ...item, body: item.body.map((inner) => relocated(writer, inner, from)) };
    case 'for':
      return {
        ...item,
        file: relocatedFile(writer, item.file, from),
        body: item.body.map((inner) => relocated(writer, inner, from)),
      };
    default:
      return item;
  }
}

/** A name with variables in it is moved by what stands before the first of them. */
function relocatedFile({ rename }: Writer, file: Value, from: Source): Value {
  const [first, ...rest] = file.parts;
  if (first === undefined) return file;
  if (rest.length === 0 && first.type === 'literal') return stringValue(rename(first.text, from));
  const lead = first.type === 'literal' ? first.text : '';
  const mark = 'x';
  const moved = rename(lead + mark, from);
  if (!moved.endsWith(mark)) return file;
  const parts = first.type === 'literal' ? rest : file.parts;
  return {
    ...file,
    form: 'string',
    parts: [{ type: 'literal', text: moved.slice(0, -mark.length) }, ...parts],
  };
}

function stringValue(text: string): Value {
  return { ...makeValue(text), form: 'string', span: span(OUTSIDE, 0, 0) };
}
