// The grey rest behind the cursor: what a statement or command still lacks, and nothing that it may do without.

import { NonTerminal, type TokenType } from 'chevrotain';
import { Eq, Hash, Star } from '../../syntax/tokens.ts';
import { commandIn, commandLacks } from './command-line.ts';
import { complete } from './complete.ts';
import { type Cursor, cursorIn, updateRules } from './cursor.ts';
import { parentsOf } from './paths.ts';
import { attributesIn, type Place, pathTo, placesOfElement, placesOfPath, type Scene } from './places.ts';
import { sceneAt } from './update-language.ts';
import { labelOf } from './values.ts';
import { branchOf, type Frame, partsOf, shortest, type Tree, walk } from './walk.ts';
import type { Typed, World } from './world.ts';

/** What to show in grey; empty for nothing. Begins with a blank where one is needed. */
export function hint(typed: Typed, world: World): string {
  const { block, line } = typed;
  if (line.trim() === '') return '';
  const command = block === '' ? commandIn(line) : null;
  if (command?.begun.text === '') return commandLacks(command);
  const cursor = command === null ? cursorIn(block + line) : null;
  const at = command?.begun.at ?? (cursor === null ? line.length : cursor.begun.at - block.length);
  if (at < 0 || (cursor === null && command === null)) return '';
  if (cursor?.begun.type === 'string' || cursor?.begun.type === 'variable') return '';
  const written = line.slice(at);
  const candidates = written === '' ? [] : complete(typed, world).candidates;
  const [only] = candidates;
  if (only !== undefined && !candidates.some(({ text }) => text === written)) {
    // the word that is being typed comes first
    return candidates.length === 1 && only.text.startsWith(written) ? only.text.slice(written.length) : '';
  }
  const named = block === '' ? commandIn(`${line} `) : null;
  const rest = named !== null ? commandLacks(named) : cursor === null ? '' : lacks(world, cursor);
  return rest === '' || /[\s.=[@(]$/.test(line) || /^[\])]/.test(rest) ? rest : ` ${rest}`;
}

function lacks(world: World, cursor: Cursor): string {
  const tokens = cursor.touching ?? cursor.tokens;
  if (tokens.length === 0) return '';
  const { expected, ends } = walk(updateRules(), 'item', tokens);
  const scene = sceneAt(world, cursor);
  const statement = ends[0] === undefined ? undefined : partsOf(ends[0])[0];
  if (statement?.type === 'branch') return elementLacks(scene, { ...statement, above: null }).join(' ');
  const ways = expected
    .filter(({ terminal, frame }) => terminal !== Star && terminal !== Hash && takes(scene, terminal, frame))
    .map((one) =>
      shortest(updateRules(), one, naming)
        .join(' ')
        .replace(/ (?=[\])])/g, ''),
    );
  return ways.sort((a, b) => a.length - b.length)[0] ?? '';
}

/** `=` and a text only where there is one. */
function takes(scene: Scene, terminal: TokenType, frame: Frame): boolean {
  if (terminal !== Eq || frame.rule !== 'set') return true;
  const path = branchOf(frame, 'path');
  return path !== null && placesOfPath(scene, path).some(({ spec }) => spec?.text != null);
}

/** Rules and tokens that a person knows by a word; of others the parts are named. */
const names: ReadonlyMap<string, string> = new Map([
  ['path', 'PATH'],
  ['step', 'STEP'],
  ['node', 'ELEMENT'],
  ['attrs', 'NAME=VALUE'],
  ['value', 'VALUE'],
  ['string', '"TEXT"'],
  ['variableName', 'NAME'],
  ['condition', 'CONDITION'],
  ['pathTest', 'CONDITION'],
  ['position', 'first|last|before STEP|after STEP'],
  ['block', '{ … }'],
  ['xml', '<…/>'],
  ['mods', ''],
  ['comparison', '==|!=|<|<=|>|>=|in|like'],
  ['order', '==|!=|<|<=|>|>='],
]);

function naming(act: Parameters<Parameters<typeof shortest>[2]>[0]): string | null {
  if (act instanceof NonTerminal) return names.get(act.nonTerminalName) ?? null;
  const { LABEL, name } = act.terminalType;
  return (LABEL ?? name).replace(/^'(.*)'$/, '$1');
}

/** Attributes that an element needs, and where it goes where the root is not the place for it. */
function elementLacks(scene: Scene, statement: Frame): readonly string[] {
  const node = branchOf(statement, 'node');
  const element = node === null ? null : branchOf(node, 'element');
  if (element === null || statement.rule === 'remove') return [];
  const places = placesOfElement(scene, element, statement);
  return [...missingAttributes(places, branchOf(element, 'attrs')), ...missingPlace(statement, places)];
}

function missingAttributes(places: readonly Place[], list: Tree | null): readonly string[] {
  const spec = places[0]?.spec;
  if (spec == null) return [];
  const given = list === null ? [] : attributesIn(list);
  const missing = spec.attrs.filter(({ name, required }) => required && !given.includes(name));
  const keys = (spec.key?.alternatives ?? []).map(({ parts }) =>
    parts.flatMap((part) => ('attr' in part ? [part.attr] : [])),
  );
  const keyed =
    keys.length === 0 ||
    keys.some((parts) => parts.length === 0 || parts.some((name) => given.includes(name)));
  const named = spec.attrs.filter(
    ({ name }) => !keyed && keys[0]?.includes(name) === true && !missing.some((one) => one.name === name),
  );
  return [...(keys.length > 1 ? named : []), ...missing].map(({ name, type }) => `${name}=${labelOf(type)}`);
}

function missingPlace(statement: Frame, places: readonly Place[]): readonly string[] {
  if (statement.rule === 'replace' || branchOf(statement, 'path') !== null) return [];
  const word = statement.rule === 'add' ? 'to' : 'in';
  const parents = parentsOf(places);
  if (parents.length === 0 || parents.some(({ above }) => above === null)) return [];
  const [only, other] = parents;
  const path = only !== undefined && other === undefined ? pathTo(only) : null;
  return [`${word} ${path ?? 'PATH'}`];
}
