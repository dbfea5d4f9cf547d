// A tree as script text, in the one layout that `sluice fmt` leaves alone. Comments are not in the tree and not printed.

import { unreachable } from '../std/unreachable.ts';
import type {
  Attr,
  Condition,
  Item,
  Mods,
  Node,
  PatchAct,
  Path,
  PathStep,
  Position,
  Script,
  Selector,
  Statement,
  Value,
  ValuePart,
  XmlNodeLiteral,
} from './ast.ts';
import { FORBIDDEN, isBare, isBareKey, isSimpleName, NAME_START } from './characters.ts';

/** A body of children stays on the line of its element up to here. */
const MAX_WIDTH = 100;

/**
 * The script as text: one item a line, blocks indented by two spaces and set off by blank lines. Parsing it gives the
 * same tree, spans aside. A value of form `bare` that needs quotes gets them, so a tree made by hand prints safely.
 */
export function printScript(script: Script): string {
  return itemsText(script.items, 0);
}

/** One statement or other item, without the newline behind it. */
export function printItem(item: Item): string {
  return itemText(item, 0);
}

type Group = 'declaration' | 'statement' | 'block';

function itemsText(items: readonly Item[], depth: number): string {
  let text = '';
  let before: Group | null = null;
  for (const item of items) {
    const group = groupOf(item);
    if (before !== null && (group !== before || group === 'block')) text += '\n';
    text += `${indent(depth)}${itemText(item, depth)}\n`;
    before = group;
  }
  return text;
}

function groupOf(item: Item): Group {
  switch (item.type) {
    case 'include':
    case 'param':
    case 'scope':
    case 'namespace':
    case 'because':
    case 'let':
      return 'declaration';
    case 'on':
    case 'in':
    case 'for':
    case 'when':
      return 'block';
    default:
      return 'statement';
  }
}

function indent(depth: number): string {
  return '  '.repeat(depth);
}

function itemText(item: Item, depth: number): string {
  switch (item.type) {
    case 'include':
      return `include ${quoted(item.file)}`;
    case 'param':
      return `param ${item.name.text}${item.value === null ? '' : ` = ${valueText(item.value)}`}`;
    case 'scope':
      return `scope ${item.scope}`;
    case 'namespace':
      return `namespace ${item.prefix.text} = ${quoted(item.uri)}`;
    case 'because':
      return `because ${quoted(item.text)}`;
    case 'let':
      return `let ${item.name.text} = ${valueText(item.value)}`;
    case 'on':
      return `on network ${item.networks.map(valueText).join(', ')} ${blockText(item.body, depth)}`;
    case 'in':
      return `in ${item.scope} ${blockText(item.body, depth)}`;
    case 'for':
      return `for ${item.name.text} in ${item.format}(${quoted(item.file)}) ${blockText(item.body, depth)}`;
    case 'when':
      return `when ${conditionText(item.condition)} ${blockText(item.body, depth)}`;
    default:
      return statementText(item, depth);
  }
}

function blockText(items: readonly Item[], depth: number): string {
  return items.length === 0 ? '{}' : `{\n${itemsText(items, depth + 1)}${indent(depth)}}`;
}

function statementText(statement: Statement, depth: number): string {
  switch (statement.type) {
    case 'add': {
      const behind = `${joined('to', statement.to)}${positioned(statement.position)}${modsText(statement.mods)}`;
      return `add ${nodeText(statement.node, depth, 4, behind.length)}${behind}`;
    }
    case 'ensure': {
      const behind = `${joined('in', statement.in)}${positioned(statement.position)}${modsText(statement.mods)}`;
      return `ensure ${nodeText(statement.node, depth, 7, behind.length)}${behind}`;
    }
    case 'set':
      return `set ${pathText(statement.path)}${attrsText(statement.attrs)}${modsText(statement.mods)}`;
    case 'set-text':
      return `set ${pathText(statement.path)} = ${valueText(statement.value)}${modsText(statement.mods)}`;
    case 'unset': {
      const attrs = statement.attrs.map((name) => `@${name.text}`).join(', ');
      return `unset ${pathText(statement.path)}${attrs}${modsText(statement.mods)}`;
    }
    case 'replace': {
      const before = `replace ${pathText(statement.path)} with `;
      const behind = modsText(statement.mods);
      return `${before}${nodeText(statement.node, depth, before.length, behind.length)}${behind}`;
    }
    case 'remove':
      return `remove ${pathText(statement.path)}${modsText(statement.mods)}`;
    case 'remove-node': {
      const { node } = statement;
      // a name alone would be read as a path
      const isName =
        node.type === 'node' && node.text === null && node.attrs.length === 0 && node.body.length === 0;
      const from = statement.from === null && isName ? ' from network' : joined('from', statement.from);
      const behind = `${from}${modsText(statement.mods)}`;
      return `remove ${nodeText(node, depth, 7, behind.length)}${behind}`;
    }
    case 'move':
      return `move ${pathText(statement.path)}${positioned(statement.position)}${modsText(statement.mods)}`;
    case 'patch':
      return `patch ${xpathText(statement.xpath)} ${actText(statement.act)}${modsText(statement.mods)}`;
    case 'assert':
    case 'expect': {
      const message = statement.message === null ? '' : ` ${quoted(statement.message)}`;
      return `${statement.type} ${conditionText(statement.condition)}${message}`;
    }
    default:
      return unreachable(statement);
  }
}

function actText(act: PatchAct): string {
  switch (act.type) {
    case 'add':
      return `add ${xmlText(act.node)}${positioned(act.position)}`;
    case 'replace':
      return `replace ${xmlText(act.node)}`;
    case 'remove':
      return 'remove';
    case 'set':
      return `set${attrsText(act.attrs)}`;
    default:
      return unreachable(act);
  }
}

function joined(word: 'to' | 'in' | 'from', path: Path | null): string {
  return path === null ? '' : ` ${word} ${pathText(path)}`;
}

function positioned(position: Position | null): string {
  if (position === null) return '';
  switch (position.type) {
    case 'first':
    case 'last':
      return ` ${position.type}`;
    case 'before':
    case 'after':
      return ` ${position.type} ${stepText(position.step)}`;
    default:
      return unreachable(position);
  }
}

function modsText(mods: Mods): string {
  const { count } = mods;
  return (
    (mods.ifExists ? ' if exists' : '') +
    (count.type === 'one' ? '' : count.type === 'each' ? ' each' : ` exactly ${count.n}`) +
    (mods.because === null ? '' : ` because ${quoted(mods.because)}`)
  );
}

// elements

/** The node at `depth`, behind `before` characters of its line and with `behind` more to come. */
function nodeText(node: Node, depth: number, before: number, behind: number): string {
  const inline = inlineNode(node);
  const fits = 2 * depth + before + inline.length + behind <= MAX_WIDTH && !inline.includes('\n');
  if (node.type === 'xml' || node.body.length === 0 || fits) return inline;
  const children = node.body.map((child) => `${indent(depth + 1)}${nodeText(child, depth + 1, 0, 0)}\n`);
  return `${headText(node)} {\n${children.join('')}${indent(depth)}}`;
}

function inlineNode(node: Node): string {
  if (node.type === 'xml') return xmlText(node);
  return node.body.length === 0
    ? headText(node)
    : `${headText(node)} { ${node.body.map(inlineNode).join('; ')} }`;
}

function headText(node: Exclude<Node, XmlNodeLiteral>): string {
  return `${node.name.text}${node.text === null ? '' : `=${valueText(node.text)}`}${attrsText(node.attrs)}`;
}

function attrsText(attrs: readonly Attr[]): string {
  return attrs
    .map(
      (attr) => ` ${attr.name.text}=${valueText(attr.value)}${attr.optional ? optionalMark(attr.value) : ''}`,
    )
    .join('');
}

/** Behind a bare word the `?` would be its last character; a word is never empty, so it says nothing there. */
function optionalMark(value: Value): string {
  return bareText(value) === null ? '?' : '';
}

function xmlText(node: XmlNodeLiteral): string {
  return node.span.source.text.slice(node.span.start, node.span.end).replaceAll('\r\n', '\n');
}

// places

function pathText(path: Path): string {
  const [first] = path.steps;
  if (first === undefined) return 'network';
  const steps = path.steps.map(stepText).join('.');
  // a child of that name would be taken for the root
  return first.name.text === 'network' ? `network.${steps}` : steps;
}

function stepText(step: PathStep): string {
  return `${step.name.text}${step.selector === null ? '' : selectorText(step.selector)}`;
}

function selectorText(selector: Selector): string {
  switch (selector.type) {
    case 'key':
      return `[${bareKeyText(selector.value) ?? notBareText(selector.value)}]`;
    case 'attrs':
      return `[${selector.attrs.map(({ name, value }) => `${name.text}=${valueText(value)}`).join(', ')}]`;
    case 'nth':
      return `[#${selector.n}]`;
    case 'all':
      return '[*]';
    default:
      return unreachable(selector);
  }
}

// conditions

function conditionText(condition: Condition): string {
  switch (condition.type) {
    case 'exists':
    case 'absent':
      return `${pathText(condition.path)} ${condition.type}`;
    case 'compare':
      return `${pathText(condition.path)}@${condition.attr.text} ${condition.op} ${valueText(condition.value)}`;
    case 'count':
      return `count(${pathText(condition.path)}) ${condition.op} ${valueText(condition.value)}`;
    case 'not':
      return `not ${operandText(condition.condition, ['and', 'or'])}`;
    case 'and':
      return condition.conditions.map((inner) => operandText(inner, ['and', 'or'])).join(' and ');
    case 'or':
      return condition.conditions.map((inner) => operandText(inner, ['or'])).join(' or ');
    default:
      return unreachable(condition);
  }
}

function operandText(condition: Condition, wrapped: readonly Condition['type'][]): string {
  const text = conditionText(condition);
  return wrapped.includes(condition.type) ? `(${text})` : text;
}

// values

/** A value as it stands behind `=` or an operator. */
export function valueText(value: Value): string {
  return bareText(value) ?? notBareText(value);
}

function bareText(value: Value): string | null {
  const text = literalText(value);
  return text !== null && isBare(text) ? text : null;
}

function bareKeyText(value: Value): string | null {
  const text = literalText(value);
  return text !== null && isBareKey(text) ? text : null;
}

/** The text of a value that was written, or is to be written, without quotes. */
function literalText(value: Value): string | null {
  const [part] = value.parts;
  return value.form === 'bare' && value.parts.length === 1 && part?.type === 'literal' ? part.text : null;
}

function notBareText(value: Value): string {
  const [part] = value.parts;
  return value.form === 'variable' && value.parts.length === 1 && part?.type === 'variable'
    ? `$${referenceText(part)}`
    : quoted(value);
}

/** A value in double quotes, whatever its form. */
function quoted(value: Value): string {
  return `"${value.parts.map((part) => (part.type === 'literal' ? escaped(part.text) : `\${${referenceText(part)}}`)).join('')}"`;
}

function referenceText(part: Extract<ValuePart, { type: 'variable' }>): string {
  if (part.column === null) return part.name;
  if (isSimpleName(part.column)) return `${part.name}.${part.column}`;
  return `${part.name}["${part.column.replace(/["\\]/g, '\\$&')}"]`;
}

/** In an XPath `$name` is a variable of its own, so its dollars stay; `${` could only be a mistake. */
function xpathText(value: Value): string {
  const text = value.parts.map((part) => (part.type === 'literal' ? part.text : `$${part.name}`)).join('');
  return `"${text.replace(special, escapeOf).replaceAll('${', '\\${')}"`;
}

const special = new RegExp(`["\\\\\\n\\t]|${FORBIDDEN}|\\r`, 'g');
/** A dollar that would begin a reference, or look as if it should. */
const telling = new RegExp(`\\$(?=$|[{${NAME_START}])`, 'g');

function escaped(text: string): string {
  return text.replace(special, escapeOf).replace(telling, '\\$&');
}

function escapeOf(character: string): string {
  switch (character) {
    case '"':
    case '\\':
      return `\\${character}`;
    case '\n':
      return '\\n';
    case '\t':
      return '\\t';
    default:
      return `\\u{${character.charCodeAt(0).toString(16)}}`;
  }
}
