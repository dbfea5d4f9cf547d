// A script as data. Every node knows where it was written; nothing is resolved yet.

import type { Source, Span } from '../source/source.ts';

export type Script = { readonly source: Source; readonly items: readonly Item[] };

export type Item =
  | { readonly type: 'include'; readonly file: Value; readonly span: Span }
  | { readonly type: 'param'; readonly name: Name; readonly value: Value | null; readonly span: Span }
  | { readonly type: 'scope'; readonly scope: ScopeWord; readonly span: Span }
  | { readonly type: 'namespace'; readonly prefix: Name; readonly uri: Value; readonly span: Span }
  /** `because "…"` on a line of its own at the top: the reason of the whole script. */
  | { readonly type: 'because'; readonly text: Value; readonly span: Span }
  | { readonly type: 'let'; readonly name: Name; readonly value: Value; readonly span: Span }
  | {
      readonly type: 'on';
      readonly networks: readonly Value[];
      readonly body: readonly Item[];
      readonly span: Span;
    }
  | { readonly type: 'in'; readonly scope: ScopeWord; readonly body: readonly Item[]; readonly span: Span }
  | {
      readonly type: 'for';
      readonly name: Name;
      readonly format: 'csv' | 'json';
      readonly file: Value;
      readonly body: readonly Item[];
      readonly span: Span;
    }
  | {
      readonly type: 'when';
      readonly condition: Condition;
      readonly body: readonly Item[];
      readonly span: Span;
    }
  | Statement;

/** For `on`, `in`, `for`, `when` the span is that of the header, up to the `{`. */
export type Statement =
  | {
      readonly type: 'add';
      readonly node: Node;
      readonly to: Path | null;
      readonly position: Position | null;
      readonly mods: Mods;
      readonly span: Span;
    }
  | {
      readonly type: 'ensure';
      readonly node: Node;
      readonly in: Path | null;
      readonly position: Position | null;
      readonly mods: Mods;
      readonly span: Span;
    }
  | {
      readonly type: 'set';
      readonly path: Path;
      readonly attrs: readonly Attr[];
      readonly mods: Mods;
      readonly span: Span;
    }
  | {
      readonly type: 'set-text';
      readonly path: Path;
      readonly value: Value;
      readonly mods: Mods;
      readonly span: Span;
    }
  | {
      readonly type: 'unset';
      readonly path: Path;
      readonly attrs: readonly Name[];
      readonly mods: Mods;
      readonly span: Span;
    }
  | {
      readonly type: 'replace';
      readonly path: Path;
      readonly node: Node;
      readonly mods: Mods;
      readonly span: Span;
    }
  | { readonly type: 'remove'; readonly path: Path; readonly mods: Mods; readonly span: Span }
  | {
      readonly type: 'remove-node';
      readonly node: Node;
      readonly from: Path | null;
      readonly mods: Mods;
      readonly span: Span;
    }
  | {
      readonly type: 'move';
      readonly path: Path;
      readonly position: Position;
      readonly mods: Mods;
      readonly span: Span;
    }
  | {
      readonly type: 'patch';
      readonly xpath: Value;
      readonly act: PatchAct;
      readonly mods: Mods;
      readonly span: Span;
    }
  | {
      readonly type: 'assert';
      readonly condition: Condition;
      readonly message: Value | null;
      readonly span: Span;
    }
  | {
      readonly type: 'expect';
      readonly condition: Condition;
      readonly message: Value | null;
      readonly span: Span;
    };

export type PatchAct =
  | { readonly type: 'add'; readonly node: XmlNodeLiteral; readonly position: Position | null }
  | { readonly type: 'replace'; readonly node: XmlNodeLiteral }
  | { readonly type: 'remove' }
  | { readonly type: 'set'; readonly attrs: readonly Attr[] };

export type ScopeWord = 'live' | 'config' | 'live+config';

export type Name = { readonly text: string; readonly span: Span };

/** A bare word, a string or a variable: literal pieces and references, joined when run. */
export type Value = {
  readonly parts: readonly ValuePart[];
  /** How it was written; the printer keeps it. */
  readonly form: 'bare' | 'string' | 'variable';
  readonly span: Span;
};

export type ValuePart =
  | { readonly type: 'literal'; readonly text: string }
  /** `$name`, `$row.column`, `$row["Column Name"]`, or `${…}` in a string. */
  | { readonly type: 'variable'; readonly name: string; readonly column: string | null; readonly span: Span };

export type Attr = {
  readonly name: Name;
  readonly value: Value /** `?`: left out when the cell is empty. */;
  readonly optional: boolean;
  readonly span: Span;
};

export type Node =
  | {
      readonly type: 'node';
      readonly name: Name;
      readonly text: Value | null;
      readonly attrs: readonly Attr[];
      readonly body: readonly Node[];
      readonly span: Span;
    }
  | XmlNodeLiteral;

/** An XML literal, as written; well-formed on its own. xml/parse.ts reads it at its place in the source. */
export type XmlNodeLiteral = { readonly type: 'xml'; readonly span: Span };

/** Steps from the root element down; `network` alone has none. A leading `network.` is left out. */
export type Path = { readonly steps: readonly PathStep[]; readonly span: Span };

export type PathStep = { readonly name: Name; readonly selector: Selector | null; readonly span: Span };

export type Selector =
  | { readonly type: 'key'; readonly value: Value; readonly span: Span }
  | {
      readonly type: 'attrs';
      readonly attrs: readonly { readonly name: Name; readonly value: Value }[];
      readonly span: Span;
    }
  /** `[#2]`, from 1. */
  | { readonly type: 'nth'; readonly n: number; readonly span: Span }
  | { readonly type: 'all'; readonly span: Span };

export type Position =
  | { readonly type: 'first' | 'last'; readonly span: Span }
  | { readonly type: 'before' | 'after'; readonly step: PathStep; readonly span: Span };

export type Mods = {
  readonly ifExists: boolean;
  readonly count:
    | { readonly type: 'one' }
    | { readonly type: 'each' }
    | { readonly type: 'exactly'; readonly n: number };
  readonly because: Value | null;
};

export type CompareOp = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'like';

export type Condition =
  | { readonly type: 'exists' | 'absent'; readonly path: Path; readonly span: Span }
  | {
      readonly type: 'compare';
      readonly path: Path;
      readonly attr: Name;
      readonly op: CompareOp;
      readonly value: Value;
      readonly span: Span;
    }
  | {
      readonly type: 'count';
      readonly path: Path;
      readonly op: Exclude<CompareOp, 'in' | 'like'>;
      readonly value: Value;
      readonly span: Span;
    }
  | { readonly type: 'not'; readonly condition: Condition; readonly span: Span }
  | { readonly type: 'and' | 'or'; readonly conditions: readonly Condition[]; readonly span: Span };
