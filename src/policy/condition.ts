// A condition checked against the element table and compiled: what a policy row asks of the element that its path names
// (rules 17 to 21). Nothing here can throw on a document, and nothing in a document is read as a pattern.

import type { Code } from '../diagnostics/catalogue.ts';
import { type Diagnostic, error, warning } from '../diagnostics/diagnostic.ts';
import { effectiveAttr, effectiveText, meaningOf } from '../network/meaning.ts';
import type { AttrSpec, ElementSpec, ValueType } from '../network/spec.ts';
import { attrSpecOf } from '../network/table.ts';
import {
  bitsOf,
  type Cidr,
  canonical,
  compareValues,
  describeType,
  formatIp,
  ipInCidr,
  networkAddress,
  parseCidr,
  parseIp,
  prefixOfNetmask,
} from '../network/values.ts';
import type { Span } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import { unreachable } from '../std/unreachable.ts';
import type { XmlElement } from '../xml/document.ts';
import {
  type CompareOp,
  type ConditionSyntax,
  type Operand,
  parseCondition,
  type Word,
} from './condition-syntax.ts';
import { type Template, templateOf, valueEnd, valueStart } from './condition-template.ts';
import { getOrMake } from './get-or-make.ts';
import type { Passage } from './passage.ts';
import { type PathPattern, readPathPattern } from './path-pattern.ts';
import { inWindow, wallClockText } from './time-window.ts';
import { and, FALSE, not, or, TRUE, type Truth, truthOf, UNKNOWN } from './truth.ts';

/** What a decision knows beside the element: the same for every change of one document. */
export type Run = {
  readonly subject: string;
  readonly network: string;
  /** The subject's roles on this network, as `role:x`. */
  readonly roles: ReadonlySet<string>;
  /** Milliseconds since 1970, UTC. */
  readonly clock: number;
  /** How many elements of the final document are counted for sure, and how many if every unknown were true. */
  readonly count: (counted: Counted) => { readonly sure: number; readonly possible: number };
  /** True for what a question leaves open: such a value is unknown, and not absent. No gate run leaves anything open. */
  readonly open?: (element: XmlElement, leaf: string) => boolean;
};

/** The anchor on the side that is asked, and on both. */
export type Evidence = {
  readonly current: XmlElement | null;
  readonly before: XmlElement | null;
  readonly after: XmlElement | null;
  readonly run: Run;
};

/** A compiled test. `because` says what made it come out as it did: "`ip` is 10.0.0.20". */
type Test = {
  readonly truth: (evidence: Evidence) => Truth;
  readonly because: (evidence: Evidence) => readonly string[];
};

/** What `count(…)` counts. */
export type Counted = {
  /** Equal texts count the same. */
  readonly text: string;
  readonly pattern: PathPattern;
  readonly where: Tests | null;
};

/** The test for an element that the anchor can be; for any other, what it reads is unknown. */
type Tests = (spec: ElementSpec | null) => Test;

/** A condition that was checked: plain data, because of thousands of rows few are ever asked. `testFor` asks it. */
export type Condition = {
  readonly text: string;
  readonly row: RowContext;
  /** Every role that it asks for, as `role:x`, and where: in the first of the rows that differ in values alone. */
  readonly roles: readonly Word[];
  /** A range in which an address has to lie for the condition to be true; outside of it, it is false. The first of several. */
  readonly range: NeededRange | null;
};

/** A test `operand in cidr` that the whole condition depends on: it stands alone, or is joined by `and` only. */
export type NeededRange = { readonly operand: Operand; readonly cidr: Cidr };

/** What a row says beside its condition, as far as it decides which conditions make sense. */
export type RowContext = {
  readonly effect: 'allow' | 'deny' | 'report';
  readonly operations: ReadonlySet<string>;
  /** Null for acts (`impersonate`, `start`, …), which have no element. */
  readonly pattern: PathPattern | null;
};

/** The condition, or null when it has errors; all its problems are reported. Text `''` is always true. */
export function readCondition(
  passage: Passage,
  row: RowContext,
  diagnostics: Diagnostic[],
): Condition | null {
  return readConditionAndShape(passage, row, diagnostics)?.condition ?? null;
}

/** The same, and what conditions that differ from it in values alone have in common with it; null where it has none. */
export function readConditionAndShape(
  passage: Passage,
  row: RowContext,
  diagnostics: Diagnostic[],
): { readonly condition: Condition; readonly shape: ConditionShape | null } | null {
  const { text } = passage;
  if (text === '') return { condition: ALWAYS, shape: null };
  const before = diagnostics.length;
  const syntax = parseCondition(passage, diagnostics);
  if (syntax === null) return null;
  const reporter = newReporter(diagnostics);
  reportSides(syntax, row, reporter);
  // compiled to be checked, and thrown away
  const values = new Map<Word, Check[]>();
  compileFor(syntax, scopeOf(row, reporter, values));
  if (row.pattern !== null && row.effect !== 'allow')
    reportOptional(syntax, row.pattern, new Set(), reporter);
  if (reporter.failed) return null;
  const needed = rangeNeeded(syntax);
  const cidr = needed === null ? null : parseCidr(needed.value.text);
  const roles = rolesIn(syntax);
  const condition: Condition = {
    text,
    row,
    roles,
    range: needed === null || cidr === null ? null : { operand: needed.operand, cidr },
  };
  const words = [...values.keys()];
  // a warning names its place, which another condition has elsewhere
  const template = diagnostics.length > before ? null : templateOf(passage, words);
  if (template === null) return { condition, shape: null };
  const shape: ConditionShape = {
    template,
    row,
    roles,
    needed: needed === null ? null : { operand: needed.operand, at: words.indexOf(needed.value) },
    checks: [...values.values()],
    reporter: newReporter([]),
  };
  return { condition, shape };
}

/** Conditions that are the same but for the values that they compare with. */
export type ConditionShape = {
  readonly template: Template;
  readonly row: RowContext;
  readonly roles: readonly Word[];
  /** Which of the values is the range. */
  readonly needed: { readonly operand: Operand; readonly at: number } | null;
  /** Of each value, once for each element that the anchor can be. */
  readonly checks: readonly (readonly Check[])[];
  /** For values that are tried: what it is told goes nowhere. */
  readonly reporter: Reporter;
};

/** Reports what is wrong with a value. Hands back the range that it is, null where none belongs. */
type Check = (value: Word, reporter: Reporter) => Cidr | null;

/** The condition when it is of this shape and there is nothing to say about it. */
export function conditionOfShape(shape: ConditionShape, text: string): Condition | null {
  const { template, row, roles, needed, checks, reporter } = shape;
  let at = valueStart(template, 0, text, 0);
  let range: NeededRange | null = null;
  for (let i = 0; i < checks.length; i++) {
    if (at === -1) return null;
    const end = valueEnd(template, i, text, at);
    if (end === -1) return null;
    const word: Word = { text: text.slice(at, end), span: NOWHERE };
    reporter.failed = false;
    let cidr: Cidr | null = null;
    for (const check of checks[i] ?? []) cidr = check(word, reporter);
    if (reporter.failed) return null;
    if (needed !== null && needed.at === i && cidr !== null) range = { operand: needed.operand, cidr };
    at = valueStart(template, i + 1, text, end);
  }
  return at === text.length ? { text, row, roles, range } : null;
}

/** For texts that were checked before: nothing will be said about them. */
const NOWHERE: Span = { source: { name: '', text: '' }, start: 0, end: 0 };

const compiled = new WeakMap<Condition, Tests>();

/** The test of the condition for such an anchor; null: there is none, or one that the table does not know. */
export function testFor(condition: Condition, spec: ElementSpec | null): Test {
  let tests = compiled.get(condition);
  if (tests === undefined) {
    tests = compileAgain(condition);
    compiled.set(condition, tests);
  }
  return tests(spec);
}

/** A condition that was checked before. */
function compileAgain({ text, row }: Condition): Tests {
  if (text === '') return () => ALWAYS_TEST;
  const syntax = parseCondition({ text, at: () => NOWHERE }, []);
  if (syntax === null) throw new Error('a condition was sound and is not any more');
  return compileFor(syntax, scopeOf(row, newReporter([]), new Map()));
}

function rangeNeeded(syntax: ConditionSyntax): Extract<ConditionSyntax, { type: 'in-range' }> | null {
  if (syntax.type === 'in-range') return syntax;
  if (syntax.type !== 'and') return null;
  for (const part of syntax.parts) {
    const found = rangeNeeded(part);
    if (found !== null) return found;
  }
  return null;
}

const ALWAYS_TEST: Test = { truth: () => TRUE, because: () => [] };
/** No condition. */
export const ALWAYS: Condition = {
  text: '',
  row: { effect: 'allow', operations: new Set(), pattern: null },
  roles: [],
  range: null,
};

/** Says each problem once, however many elements an anchor can be. */
type Reporter = { failed: boolean; readonly report: (diagnostic: Diagnostic) => void };

function newReporter(diagnostics: Diagnostic[]): Reporter {
  let said: Set<string> | null = null;
  const reporter: Reporter = {
    failed: false,
    report: (diagnostic) => {
      if (diagnostic.severity === 'error') reporter.failed = true;
      const key = `${diagnostic.code} ${diagnostic.span?.start}`;
      said ??= new Set();
      if (said.has(key)) return;
      said.add(key);
      diagnostics.push(diagnostic);
    },
  };
  return reporter;
}

type Scope = {
  readonly row: RowContext;
  readonly anchors: readonly ElementSpec[];
  /** Inside `count(… where …)`. */
  readonly counting: boolean;
  readonly reporter: Reporter;
  /** The values that the condition compares with, in its order: filled while compiling. */
  readonly values: Map<Word, Check[]>;
};

function scopeOf(row: RowContext, reporter: Reporter, values: Map<Word, Check[]>): Scope {
  return { row, anchors: row.pattern?.anchors ?? [], counting: false, reporter, values };
}

function compileFor(syntax: ConditionSyntax, scope: Scope): Tests {
  const tests = new Map<ElementSpec, Test>();
  for (const spec of scope.anchors) tests.set(spec, compile(syntax, spec, scope));
  // an anchor that the table does not know, or none at all: roles, hours and counts can still be asked
  if (scope.anchors.length === 0) compile(syntax, null, scope);
  let unreadable: Test | null = null;
  return (spec) => {
    const test = spec === null ? undefined : tests.get(spec);
    if (test !== undefined) return test;
    unreadable ??= compile(syntax, null, { ...scope, reporter: newReporter([]) });
    return unreadable;
  };
}

const NO_ROLES: readonly Word[] = [];

function rolesIn(syntax: ConditionSyntax): readonly Word[] {
  switch (syntax.type) {
    case 'and':
    case 'or': {
      const found = syntax.parts.flatMap(rolesIn);
      return found.length === 0 ? NO_ROLES : found;
    }
    case 'not':
      return rolesIn(syntax.part);
    case 'role':
      return [{ text: syntax.role, span: syntax.span }];
    case 'count':
      return syntax.where === null ? NO_ROLES : rolesIn(syntax.where);
    case 'time':
    case 'exists':
    case 'absent':
    case 'compare':
    case 'like':
    case 'in-range':
    case 'in-set':
      return NO_ROLES;
    default:
      return unreachable(syntax);
  }
}

function compile(syntax: ConditionSyntax, spec: ElementSpec | null, scope: Scope): Test {
  switch (syntax.type) {
    case 'and':
      return all(syntax.parts.map((part) => compile(part, spec, scope)));
    case 'or':
      return any(syntax.parts.map((part) => compile(part, spec, scope)));
    case 'not': {
      const part = compile(syntax.part, spec, scope);
      return { truth: (evidence) => not(part.truth(evidence)), because: part.because };
    }
    case 'role':
      return roleTest(syntax.role);
    case 'time': {
      const { hours } = syntax;
      return {
        truth: ({ run }) => truthOf(inWindow(hours, run.clock)),
        because: ({ run }) => [`it is ${wallClockText(run.clock, hours.zone)}`],
      };
    }
    case 'count':
      return countTest(syntax, scope);
    case 'exists':
    case 'absent': {
      const reading = readingOf(syntax.operand, spec, scope);
      if (reading === null) return NEVER_KNOWN;
      const wanted = syntax.type === 'exists';
      return {
        truth: (evidence) =>
          isOpen(reading, evidence) ? UNKNOWN : truthOf((reading.value(evidence) !== null) === wanted),
        because: (evidence) => [said(reading, evidence)],
      };
    }
    case 'compare':
      return valueTest(syntax.operand, spec, scope, (type) =>
        decider(syntax.value, scope, (value, reporter) => comparison(type, syntax.op, value, reporter)),
      );
    case 'like':
      return valueTest(syntax.operand, spec, scope, (type) =>
        decider(syntax.value, scope, (value, reporter) => likeness(type, value, reporter)),
      );
    case 'in-range':
      return valueTest(syntax.operand, spec, scope, (type) => {
        const check: Check = (value, reporter) => rangeOf(type, syntax.operand, value, reporter);
        getOrMake(scope.values, syntax.value, () => []).push(check);
        const cidr = check(syntax.value, scope.reporter);
        return cidr === null ? NEVER : (value) => truthOf(ipInCidr(value, cidr));
      });
    case 'in-set':
      return valueTest(syntax.operand, spec, scope, (type) => {
        const equal = syntax.values.map((one) =>
          decider(one, scope, (value, reporter) => comparison(type, '==', value, reporter)),
        );
        return (value) => equal.reduce<Truth>((found, one) => or(found, one(value)), FALSE);
      });
    default:
      return unreachable(syntax);
  }
}

/** Tells a value of a document; text of its type. */
type Decider = (value: string) => Truth;

function decider(literal: Word, scope: Scope, make: (literal: Word, reporter: Reporter) => Decider): Decider {
  const check: Check = (value, reporter) => {
    make(value, reporter);
    return null;
  };
  getOrMake(scope.values, literal, () => []).push(check);
  return make(literal, scope.reporter);
}

function all(tests: readonly Test[]): Test {
  return {
    truth: (evidence) => {
      let found: Truth = TRUE;
      for (const test of tests) {
        found = and(found, test.truth(evidence));
        if (found === FALSE) break;
      }
      return found;
    },
    because: (evidence) => decisive(tests, evidence, FALSE),
  };
}

function any(tests: readonly Test[]): Test {
  return {
    truth: (evidence) => {
      let found: Truth = FALSE;
      for (const test of tests) {
        found = or(found, test.truth(evidence));
        if (found === TRUE) break;
      }
      return found;
    },
    because: (evidence) => decisive(tests, evidence, TRUE),
  };
}

/** Of several tests: the first that decides alone, else the unknown ones, else all. */
function decisive(tests: readonly Test[], evidence: Evidence, alone: Truth): readonly string[] {
  const decider = tests.find((test) => test.truth(evidence) === alone);
  if (decider !== undefined) return decider.because(evidence);
  const unknown = tests.filter((test) => test.truth(evidence) === UNKNOWN);
  return (unknown.length > 0 ? unknown : tests).flatMap((test) => test.because(evidence));
}

function roleTest(role: string): Test {
  return {
    truth: ({ run }) => truthOf(run.roles.has(role)),
    because: ({ run }) => [
      `\`${run.subject}\` ${run.roles.has(role) ? 'has' : 'does not have'} \`${role}\` on \`${run.network}\``,
    ],
  };
}

// Reading a value from the anchor.

type Reading = {
  /** As it was written in the condition: `before.average`. */
  readonly name: string;
  readonly type: ValueType;
  readonly operand: Operand;
  readonly value: (evidence: Evidence) => string | null;
};

/** Null when the element has no such thing; reported. */
function readingOf(operand: Operand, spec: ElementSpec | null, scope: Scope): Reading | null {
  const fail = (code: Code, message: string, help: string | null): null => {
    scope.reporter.report(error(code, operand.span, message, { help }));
    return null;
  };
  const only = '`role` and `time`';
  if (scope.row.pattern === null)
    return fail(
      'SL641',
      'an act has no element whose attributes a condition could read',
      `only ${only} are possible here`,
    );
  if (scope.counting && operand.side !== 'each')
    return fail('SL639', '`count` sees the final document only', `write \`${operand.name}\``);
  if (spec === null) {
    const what = scope.row.pattern.everything
      ? '`**` names no element'
      : 'the table does not know the element that the path names';
    return fail(
      'SL632',
      `${what}, so a condition cannot read \`${operand.name}\``,
      `only ${only} and \`count\` are possible here`,
    );
  }
  const name = operand.side === 'each' ? operand.name : `${operand.side}.${operand.name}`;
  if (operand.leaf === 'text') {
    const { text } = spec;
    if (text === null) return fail('SL632', `\`${spec.name}\` has no text`, `it has ${listOf(spec)}`);
    return {
      name,
      type: text,
      operand,
      value: sided(operand, (element) => effectiveText(spec, element)?.value ?? null),
    };
  }
  const attr = attrSpecOf(spec, operand.name);
  if (attr === null) {
    const near = nearestName(
      operand.name,
      spec.attrs.map((one) => one.name),
    );
    const help =
      near !== null
        ? `did you mean \`${near}\`?`
        : scope.anchors.length > 1
          ? `every element that the path can name must have it; \`${spec.name}\` has ${listOf(spec)}`
          : `it has ${listOf(spec)}`;
    return fail('SL632', `\`${spec.name}\` has no attribute \`${operand.name}\``, help);
  }
  if (attr.restates !== null)
    return fail('SL623', `\`${attr.name}\` only says again what another says`, attr.restates);
  return {
    name,
    type: attr.type,
    operand,
    value: sided(operand, (element) => effectiveOf(spec, attr, element)),
  };
}

/** Reads the address that `operand in CIDR` is about, null where the test is unknown. Null when it is about no address. */
export function addressReader(
  operand: Operand,
  spec: ElementSpec,
): ((element: XmlElement) => string | null) | null {
  const attr = operand.leaf === 'attribute' ? attrSpecOf(spec, operand.name) : null;
  if (attr === null || attr.restates !== null || attr.type.kind !== 'ip') return null;
  return (element) => {
    const value = effectiveOf(spec, attr, element);
    return value === null || canonical(attr.type, value) === null ? null : value;
  };
}

function listOf(spec: ElementSpec): string {
  const names = spec.attrs.filter((attr) => attr.restates === null).map((attr) => `\`${attr.name}\``);
  if (spec.text !== null) names.push('`text()`');
  return names.length === 0 ? 'nothing to read' : names.join(', ');
}

function sided(operand: Operand, read: (element: XmlElement) => string | null): Reading['value'] {
  return (evidence) => {
    const element = elementOn(operand, evidence);
    return element === null ? null : read(element);
  };
}

function elementOn({ side }: Operand, { current, before, after }: Evidence): XmlElement | null {
  switch (side) {
    case 'each':
      return current;
    case 'before':
      return before;
    case 'after':
      return after;
  }
}

function isOpen({ operand }: Reading, evidence: Evidence): boolean {
  const { open } = evidence.run;
  if (open === undefined) return false;
  const element = elementOn(operand, evidence);
  return element !== null && open(element, operand.leaf === 'text' ? 'text()' : operand.name);
}

/** Several tags imply `trunk`, whatever is written: the one value that children decide. */
function effectiveOf(spec: ElementSpec, attr: AttrSpec, element: XmlElement): string | null {
  if (attr.name === 'trunk') {
    const implied = meaningOf(spec, element).implied.get(attr.name);
    if (implied !== undefined) return implied;
  }
  return effectiveAttr(spec, element, attr.name)?.value ?? null;
}

function said(reading: Reading, evidence: Evidence): string {
  if (isOpen(reading, evidence)) return `\`${reading.name}\` was not given`;
  const value = reading.value(evidence);
  if (value === null) return `\`${reading.name}\` is absent`;
  const short = value.length > 60 ? `${value.slice(0, 60)}…` : value;
  return `\`${reading.name}\` is ${short === '' ? 'empty' : short}`;
}

const NEVER_KNOWN: Test = {
  truth: () => UNKNOWN,
  because: () => ['what the condition asks cannot be known here'],
};

/** A test of a value that is there and of its type; else it is unknown (rule 19). */
function valueTest(
  operand: Operand,
  spec: ElementSpec | null,
  scope: Scope,
  make: (type: ValueType) => Decider,
): Test {
  const reading = readingOf(operand, spec, scope);
  if (reading === null) return NEVER_KNOWN;
  const decide = make(reading.type);
  return {
    truth: (evidence) => {
      if (isOpen(reading, evidence)) return UNKNOWN;
      const value = reading.value(evidence);
      return value === null || canonical(reading.type, value) === null ? UNKNOWN : decide(value);
    },
    because: (evidence) => [said(reading, evidence)],
  };
}

// Tests of a value. Values of documents come in their canonical form.

const NEVER = (): Truth => UNKNOWN;

function wrong(reporter: Reporter, code: Code, at: Span, message: string, help: string): () => Truth {
  reporter.report(error(code, at, message, { help }));
  return NEVER;
}

function comparison(type: ValueType, op: CompareOp, literal: Word, reporter: Reporter): Decider {
  const wanted = canonical(type, literal.text);
  if (wanted === null) {
    const near = type.kind === 'enum' ? nearestName(literal.text, type.values) : null;
    const range =
      type.kind === 'ip' && parseCidr(literal.text) !== null ? `write \`in ${literal.text}\`` : null;
    return wrong(
      reporter,
      'SL633',
      literal.span,
      `\`${literal.text}\` is no value of this attribute`,
      range ?? (near === null ? `write ${describeType(type)}` : `did you mean \`${near}\`?`),
    );
  }
  switch (op) {
    case '==':
      return equality(type, wanted);
    case '!=': {
      const equal = equality(type, wanted);
      return (value) => not(equal(value));
    }
    case '<':
    case '<=':
    case '>':
    case '>=': {
      if (type.kind !== 'uint' && type.kind !== 'pci' && type.kind !== 'ip') {
        return wrong(
          reporter,
          'SL633',
          literal.span,
          `these values have no order, so \`${op}\` means nothing`,
          'compare with `==`, `in` or `like`',
        );
      }
      return (value) => {
        const order = compareValues(type, value, wanted);
        return order === null ? UNKNOWN : truthOf(orderHolds(op, order));
      };
    }
  }
}

function orderHolds(op: '<' | '<=' | '>' | '>=', order: number): boolean {
  switch (op) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function equality(type: ValueType, wanted: string): (value: string) => Truth {
  if (type.kind === 'ip') {
    // through a range of one, so that an IPv4-mapped address is that IPv4 address here as in `in`
    const address = parseIp(wanted);
    const cidr = address === null ? null : parseCidr(`${wanted}/${bitsOf(address)}`);
    if (cidr !== null) return (value) => truthOf(value === wanted || ipInCidr(value, cidr));
  }
  const fold = folding(type);
  const folded = fold(wanted);
  return (value) => truthOf(value === wanted || fold(value) === folded);
}

/** Host names are compared without case; all else exactly (canonical forms have one case already). */
function folding(type: ValueType): (value: string) => string {
  return type.kind === 'hostname' ? (value) => value.toLowerCase() : (value) => value;
}

function likeness(type: ValueType, literal: Word, reporter: Reporter): Decider {
  const { text } = literal;
  switch (type.kind) {
    case 'uint':
    case 'pci':
    case 'ip':
    case 'netmask':
    case 'stp':
      return wrong(
        reporter,
        'SL633',
        literal.span,
        '`like` compares text',
        type.kind === 'ip' ? 'write `in` with a range such as 10.0.0.0/24' : 'use `==`, `<` or `>`',
      );
    case 'text':
    case 'hostname':
    case 'name':
    case 'uuid':
    case 'mac':
    case 'duid':
    case 'enum':
      break;
    default:
      return unreachable(type);
  }
  const star = text.indexOf('*');
  if (star === -1)
    return wrong(
      reporter,
      'SL635',
      literal.span,
      'a pattern has one `*`, at its start or its end',
      `write \`== ${text}\`, or \`*.${text}\``,
    );
  if (text === '*')
    return wrong(reporter, 'SL635', literal.span, 'this pattern fits everything', 'write `exists`');
  if (text.lastIndexOf('*') !== star || (star !== 0 && star !== text.length - 1)) {
    return wrong(
      reporter,
      'SL635',
      literal.span,
      'a pattern has one `*`, at its start or its end',
      'join two tests with `and`: `name like a* and name like *b`',
    );
  }
  const fold =
    type.kind === 'hostname' || type.kind === 'mac' || type.kind === 'uuid' || type.kind === 'duid'
      ? (value: string) => value.toLowerCase()
      : (value: string) => value;
  const part = fold(star === 0 ? text.slice(1) : text.slice(0, -1));
  return star === 0
    ? (value) => truthOf(fold(value).endsWith(part))
    : (value) => truthOf(fold(value).startsWith(part));
}

function rangeOf(type: ValueType, operand: Operand, literal: Word, reporter: Reporter): Cidr | null {
  const fail = (code: Code, message: string, help: string): null => {
    reporter.report(error(code, literal.span, message, { help }));
    return null;
  };
  if (type.kind !== 'ip')
    return fail('SL633', `\`${operand.name}\` is no address`, 'a set is written {a, b}');
  const cidr = parseCidr(literal.text);
  if (cidr === null) {
    const address = parseIp(literal.text);
    return fail(
      'SL634',
      `\`${literal.text}\` is no address range`,
      address === null ? rangeHelp(literal.text) : `write ${literal.text}/${bitsOf(address)}`,
    );
  }
  if (cidr.hostBits) {
    return fail(
      'SL634',
      `\`${literal.text}\` has bits behind its prefix`,
      `write ${rangeText(cidr)}, or ${formatIp(cidr.address)}/${bitsOf(cidr.address)} for this address alone`,
    );
  }
  return cidr;
}

function rangeHelp(text: string): string {
  const slash = text.indexOf('/');
  const address = slash === -1 ? null : parseIp(text.slice(0, slash));
  const prefix = address === null ? null : prefixOfNetmask(text.slice(slash + 1));
  if (address !== null && prefix !== null)
    return `write the length of the prefix: ${text.slice(0, slash)}/${prefix}`;
  if (address !== null && /^[0-9]+$/.test(text.slice(slash + 1)))
    return `a prefix of ${address.length === 4 ? 'IPv4' : 'IPv6'} has at most ${bitsOf(address)} bits`;
  return 'write one such as 10.0.0.0/24, or a set {a, b}';
}

function rangeText(cidr: Cidr): string {
  return `${formatIp(networkAddress(cidr.address, cidr.prefix))}/${cidr.prefix}`;
}

// Counting.

function countTest(syntax: Extract<ConditionSyntax, { type: 'count' }>, scope: Scope): Test {
  const fail = (at: Span, code: Code, message: string, help: string): Test => {
    scope.reporter.report(error(code, at, message, { help }));
    return NEVER_KNOWN;
  };
  if (scope.row.pattern === null)
    return fail(
      syntax.span,
      'SL641',
      'an act has no document to count in',
      'only `role` and `time` are possible here',
    );
  if (scope.counting) return fail(syntax.span, 'SL639', '`count` inside `count`', 'write a second condition');
  const found: Diagnostic[] = [];
  const pattern = readPathPattern(syntax.path, found);
  for (const diagnostic of found) scope.reporter.report(diagnostic);
  if (pattern === null) return NEVER_KNOWN;
  if (pattern.leaf !== null || pattern.below) {
    return fail(
      syntax.path.at(0, syntax.path.text.length),
      'SL639',
      '`count` counts elements of one kind',
      'end the path with the name of the element: count(ip[*].dhcp.host)',
    );
  }
  const where =
    syntax.where === null
      ? null
      : compileFor(syntax.where, { ...scope, anchors: pattern.anchors, counting: true });
  const { op, value, text } = syntax;
  const counted: Counted = { text, pattern, where };
  const decide = (n: number): boolean =>
    op === '==' ? n === value : op === '!=' ? n !== value : orderHolds(op, n - value);
  return {
    truth: ({ run }) => {
      const { sure, possible } = run.count(counted);
      if (sure === possible) return truthOf(decide(sure));
      // every number in between may be the right one; comparisons change at most around `value`
      const outcomes = new Set(
        [sure, possible, ...[value - 1, value, value + 1].filter((n) => n > sure && n < possible)].map(
          decide,
        ),
      );
      return outcomes.size > 1 ? UNKNOWN : truthOf(outcomes.has(true));
    },
    because: ({ run }) => {
      const { sure, possible } = run.count(counted);
      return [`\`${text}\` is ${sure === possible ? sure : `between ${sure} and ${possible}`}`];
    },
  };
}

// What can be told from the row alone.

/** `before.` needs an element that was there, `after.` one that stays (rule 18). */
function reportSides(syntax: ConditionSyntax, row: RowContext, reporter: Reporter): void {
  const check = (operand: Operand): void => {
    const lacking = operand.side === 'before' ? 'add' : operand.side === 'after' ? 'remove' : null;
    if (lacking === null || !row.operations.has(lacking)) return;
    reporter.report(
      error('SL636', operand.span, `\`${lacking}\` has nothing \`${operand.side}\``, {
        help: `write \`${[...row.operations].filter((op) => op !== lacking).join('|')}\` as operation, and a second row for \`${lacking}\``,
      }),
    );
  };
  switch (syntax.type) {
    case 'and':
    case 'or':
      for (const part of syntax.parts) reportSides(part, row, reporter);
      return;
    case 'not':
      reportSides(syntax.part, row, reporter);
      return;
    case 'role':
    case 'time':
    case 'count':
      return;
    case 'exists':
    case 'absent':
    case 'compare':
    case 'like':
    case 'in-range':
    case 'in-set':
      check(syntax.operand);
      return;
    default:
      unreachable(syntax);
  }
}

/**
 * A deny fires on unknown, so one that compares what may be absent also denies where it is (rule 19). `settled`: operands
 * whose absence the condition has asked about already.
 */
function reportOptional(
  syntax: ConditionSyntax,
  pattern: PathPattern,
  settled: ReadonlySet<string>,
  reporter: Reporter,
): void {
  switch (syntax.type) {
    case 'and':
    case 'or': {
      const asks = syntax.type === 'and' ? 'exists' : 'absent';
      const here = new Set(settled);
      for (const part of syntax.parts) if (part.type === asks) here.add(part.operand.name);
      for (const part of syntax.parts) reportOptional(part, pattern, here, reporter);
      return;
    }
    case 'not':
      reportOptional(syntax.part, pattern, settled, reporter);
      return;
    case 'role':
    case 'time':
    case 'count':
    case 'exists':
    case 'absent':
      return;
    case 'compare':
    case 'like':
    case 'in-range':
    case 'in-set': {
      const { operand } = syntax;
      if (operand.leaf === 'text' || settled.has(operand.name)) return;
      if (pattern.leaf?.type === 'attribute' && pattern.leaf.name === operand.name) return;
      const optional = pattern.anchors.find((spec) => {
        const attr = attrSpecOf(spec, operand.name);
        // a prefix that is not written follows from the address
        return (
          attr !== null &&
          !attr.required &&
          attr.default === null &&
          attr.restates === null &&
          attr.name !== 'prefix'
        );
      });
      if (optional === undefined) return;
      reporter.report(
        warning(
          'SL640',
          operand.span,
          `this deny also hits every \`${optional.name}\` without \`${operand.name}\``,
          {
            help: `write \`${operand.name} exists and …\`, or end the path with \`@${operand.name}\``,
          },
        ),
      );
      return;
    }
    default:
      unreachable(syntax);
  }
}
