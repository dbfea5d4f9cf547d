// Conditions of `when`, `assert` and `expect`, read on the draft as it stands.

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { meaningOf } from '../network/meaning.ts';
import type { ValueType } from '../network/spec.ts';
import { attrSpecOf, childSpecByName } from '../network/table.ts';
import { canonical, compareValues, describeType, ipInCidr, parseCidr } from '../network/values.ts';
import { countNamed, xmlNameOf } from '../patch/draft.ts';
import { nearestName } from '../std/nearest-name.ts';
import { unreachable } from '../std/unreachable.ts';
import type { CompareOp, Condition, Path } from '../syntax/ast.ts';
import { attrOf } from '../xml/document.ts';
import { evaluate } from './environment.ts';
import { attributeHelp, meansSomething, resolve, type Scene, severalFound } from './resolve.ts';

/** Whether the condition holds; null when it cannot be asked (the problems are in the scene). */
export function holds(scene: Scene, condition: Condition): boolean | null {
  switch (condition.type) {
    case 'exists':
    case 'absent': {
      const found = countOf(scene, condition.path);
      return found === null ? null : found > 0 === (condition.type === 'exists');
    }
    case 'count': {
      const found = countOf(scene, condition.path);
      const text = evaluate(condition.value, scene.environment, scene.problems);
      if (found === null || text === null) return null;
      if (!/^\d{1,15}$/.test(text)) {
        scene.problems.push(
          error('SL420', condition.value.span, `\`${text}\` is not a whole number`, {
            help: 'compare a count with a number such as 200',
          }),
        );
        return null;
      }
      return ordered(condition.op, found - Number(text));
    }
    case 'compare':
      return compare(scene, condition);
    case 'not': {
      const inner = holds(scene, condition.condition);
      return inner === null ? null : !inner;
    }
    case 'and':
    case 'or': {
      // every part is asked, so that every mistake in the condition is told at once
      const answers = condition.conditions.map((one) => holds(scene, one));
      if (answers.includes(null)) return null;
      return condition.type === 'and' ? !answers.includes(false) : answers.includes(true);
    }
    default:
      return unreachable(condition);
  }
}

function countOf(scene: Scene, path: Path): number | null {
  const quick = countList(scene, path);
  if (quick !== null) return quick;
  const found = resolve(scene, path);
  switch (found.type) {
    case 'found':
      return found.places.filter(meansSomething).length;
    case 'missing':
      return 0;
    case 'wrong':
      return null;
    default:
      return unreachable(found);
  }
}

/** Counts a whole list (`ip[…].dhcp.host`) without walking it; null when the path does not end in one. */
function countList(scene: Scene, path: Path): number | null {
  const last = path.steps.at(-1);
  if (last === undefined || (last.selector !== null && last.selector.type !== 'all')) return null;
  const quiet: Scene = { ...scene, problems: [] };
  const parents = resolve(quiet, { ...path, steps: path.steps.slice(0, -1) });
  if (parents.type !== 'found') return null;
  let count = 0;
  for (const parent of parents.places) {
    const spec = parent.spec === null ? null : childSpecByName(parent.spec, last.name.text);
    if (spec === null || spec.cardinality !== 'many') return null;
    count += countNamed(parent.at, xmlNameOf(spec));
  }
  // none written may still be one meant (forward@dev)
  return count === 0 ? null : count;
}

function compare(scene: Scene, condition: Extract<Condition, { type: 'compare' }>): boolean | null {
  const text = evaluate(condition.value, scene.environment, scene.problems);
  const found = resolve(scene, condition.path);
  if (text === null || found.type === 'wrong') return null;
  if (found.type === 'missing') return condition.op === '!=';
  const [place] = found.places;
  if (place === undefined) return condition.op === '!=';
  if (found.places.length > 1) {
    scene.problems.push(severalFound(condition.path, found.places));
    return null;
  }
  if (place.spec === null) {
    const value = attrOf(place.at.node, condition.attr.text)?.value ?? null;
    return value === null ? condition.op === '!=' : compared(scene, condition, { kind: 'text' }, value, text);
  }
  const attr = attrSpecOf(place.spec, condition.attr.text);
  if (attr === null) {
    const near = nearestName(
      condition.attr.text,
      place.spec.attrs.map((one) => one.name),
    );
    scene.problems.push(
      error(
        'SL402',
        condition.attr.span,
        `unknown attribute \`${condition.attr.text}\` of \`${place.spec.name}\``,
        { help: near === null ? attributeHelp(place.spec) : `did you mean \`${near}\`?` },
      ),
    );
    return null;
  }
  const written = attrOf(place.at.node, attr.name)?.value ?? null;
  const effective =
    attr.restates === null
      ? (meaningOf(place.spec, place.at.node).attrs.get(attr.name)?.value ?? written)
      : written;
  return effective === null ? condition.op === '!=' : compared(scene, condition, attr.type, effective, text);
}

function compared(
  scene: Scene,
  condition: Extract<Condition, { type: 'compare' }>,
  type: ValueType,
  value: string,
  text: string,
): boolean | null {
  const { op } = condition;
  const wrong = (problem: Diagnostic): null => {
    scene.problems.push(problem);
    return null;
  };
  const where = condition.value.span;
  switch (op) {
    case 'like':
      return (
        like(type, value, text) ??
        wrong(
          error('SL420', where, `\`${text}\` is not a pattern of \`like\``, {
            help: 'one `*` at the beginning or at the end: `*.example.com`',
          }),
        )
      );
    case 'in': {
      const cidr = parseCidr(text);
      if (cidr === null || cidr.hostBits) {
        return wrong(
          error(
            'SL420',
            where,
            cidr === null ? `\`${text}\` is not a network` : `\`${text}\` has bits behind its prefix`,
            { help: 'write a network such as 10.0.0.128/25' },
          ),
        );
      }
      return ipInCidr(value, cidr);
    }
    default: {
      const wanted = canonical(type, text);
      if (wanted === null)
        return wrong(
          error('SL420', where, `\`${text}\` cannot be compared with this attribute`, {
            help: `write ${describeType(type)}`,
          }),
        );
      if (op === '==' || op === '!=') return same(type, value, wanted) === (op === '==');
      const order = compareValues(type, value, wanted);
      return order === null
        ? wrong(
            error(
              'SL420',
              condition.attr.span,
              `\`${condition.attr.text}\` has no order to compare by \`${op}\``,
              { help: 'use `==`, `!=`, `in` or `like`' },
            ),
          )
        : ordered(op, order);
    }
  }
}

function same(type: ValueType, a: string, b: string): boolean {
  return type.kind === 'hostname' ? a.toLowerCase() === b.toLowerCase() : a === b;
}

/** One `*` at either end; null when the pattern is another. */
function like(type: ValueType, value: string, pattern: string): boolean | null {
  const star = pattern.indexOf('*');
  if (star === -1 || pattern.indexOf('*', star + 1) !== -1 || (star !== 0 && star !== pattern.length - 1))
    return null;
  const text = type.kind === 'hostname' ? value.toLowerCase() : value;
  const rest = (star === 0 ? pattern.slice(1) : pattern.slice(0, -1)).toLowerCase();
  const part = type.kind === 'hostname' ? rest : star === 0 ? pattern.slice(1) : pattern.slice(0, -1);
  return star === 0 ? text.endsWith(part) : text.startsWith(part);
}

function ordered(op: Exclude<CompareOp, 'in' | 'like'>, order: number): boolean {
  switch (op) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return unreachable(op);
  }
}
