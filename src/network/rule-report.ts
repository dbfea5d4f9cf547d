// What a rule says about a network: a diagnostic, how much it weighs, and the semantic place that it is about, so that the
// findings of two documents can be compared.

import type { Code } from '../diagnostics/catalogue.ts';
import { type Diagnostic, error, type Label, warning } from '../diagnostics/diagnostic.ts';
import type { Span } from '../source/source.ts';
import { attrSpanOf, spanOf, type XmlAttr, type XmlElement } from '../xml/document.ts';
import { keyOf } from './meaning.ts';
import { type Leaf, pathText, type Step } from './path.ts';
import type { ElementSpec } from './spec.ts';

/** An element with the ones around it. Parents are shared, so it costs one object. */
export type At = {
  /** Null for what the table does not know. */
  readonly spec: ElementSpec | null;
  /** In the table: `ip.dhcp.host`, empty for the network. For an unknown element that of its parent. */
  readonly path: string;
  readonly element: XmlElement;
  readonly parent: At | null;
};

/**
 * `parse`: libvirt refuses to read it, always. `define`: a define refuses it, an update and a daemon's start do not.
 * `own`: libvirt takes it and Sluice does not want it in a result.
 */
export type Level = 'parse' | 'define' | 'own';

export type Finding = {
  readonly level: Level;
  readonly at: At;
  /** The attribute it is about. */
  readonly attr: XmlAttr | null;
  /** What else tells it from other findings of its code at its place: the wrong value, the name of the other. */
  readonly detail: string;
  readonly diagnostic: Diagnostic;
};

/** Where findings gather. */
export type Findings = Finding[];

export type Problem = {
  readonly code: Code;
  readonly level: Level;
  readonly at: At;
  /** Points at this attribute, else at the opening tag. */
  readonly attr?: XmlAttr | undefined;
  readonly message: string;
  readonly help: string;
  readonly detail?: string;
  readonly labels?: readonly Label[];
};

export function report(findings: Findings, problem: Problem): void {
  findings.push(finding(problem, error));
}

export function warn(findings: Findings, problem: Problem): void {
  findings.push(finding(problem, warning));
}

function finding(problem: Problem, make: typeof error): Finding {
  const { at, attr } = problem;
  const span = attr === undefined ? placeOf(at) : (attrSpanOf(at.element, attr) ?? placeOf(at));
  const extra = { help: problem.help, labels: problem.labels ?? [] };
  return {
    level: problem.level,
    at,
    attr: attr ?? null,
    detail: problem.detail ?? '',
    diagnostic: make(problem.code, span, problem.message, extra),
  };
}

/** The element's own place, or that of the nearest element around it that has one. */
function placeOf(at: At): Span | null {
  for (let place: At | null = at; place !== null; place = place.parent) {
    const span = spanOf(place.element);
    if (span !== null) return span;
  }
  return null;
}

/** A label on the other element that a message speaks of; none where it has no place. */
export function labelOn(element: XmlElement, attr: XmlAttr | undefined, message: string): readonly Label[] {
  const span = attr === undefined ? spanOf(element) : attrSpanOf(element, attr);
  return span === null ? [] : [{ span, message }];
}

/** The path of a place for people: `ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a]`. Equal keys are not counted apart. */
export function pathOf(at: At, leaf?: Leaf): string {
  const steps: Step[] = [];
  for (let place: At | null = at; place !== null && place.parent !== null; place = place.parent) {
    const { spec, element } = place;
    steps.push(
      spec === null
        ? { name: element.ns === '' ? element.local : `{${element.ns}}${element.local}`, key: null, nth: 1 }
        : { name: spec.name, key: keyOf(spec, element), nth: 1 },
    );
  }
  return pathText(steps.reverse(), leaf);
}

/** One finding an attribute: the weightiest, of equals the last, which comes from the more particular rule. */
export function onePerAttribute(findings: readonly Finding[]): readonly Finding[] {
  const best = new Map<XmlAttr, Finding>();
  for (const finding of findings) {
    if (finding.attr === null) continue;
    const known = best.get(finding.attr);
    if (known === undefined || weight(finding) >= weight(known)) best.set(finding.attr, finding);
  }
  return findings.filter((finding) => finding.attr === null || best.get(finding.attr) === finding);
}

const WEIGHT: Readonly<Record<Level, number>> = { parse: 3, define: 2, own: 1 };

function weight({ level, diagnostic }: Finding): number {
  return diagnostic.severity === 'error' ? WEIGHT[level] : 0;
}

/** Equal for two findings that say the same about the same thing, in whichever document. */
export function identityOf(finding: Finding): string {
  const { diagnostic, at, attr, detail } = finding;
  return `${diagnostic.code}\u0000${pathOf(at, attr === null ? undefined : { type: 'attribute', name: attr.name })}\u0000${detail}`;
}

/** A value in a message: in backticks, one line, not endless. */
export function quoted(value: string): string {
  const line = value.replace(/\s+/g, ' ');
  return `\`${line.length > 60 ? `${line.slice(0, 60)}…` : line}\``;
}
