// The grammar of the update language on Chevrotain: one call parses one item, and actions build the tree directly.
// A whole script is cut into items first (parse.ts), for a tree of everything costs gigabytes and one error would
// hide the next; `script` stands here for the diagrams and for the test that the cutting accepts the same language.

import {
  type BaseParser,
  EmbeddedActionsParser,
  EOF,
  type ILookaheadStrategy,
  type IOrAlt,
  type IParserErrorMessageProvider,
  type IToken,
  LLkLookaheadStrategy,
  type TokenType,
} from 'chevrotain';
import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { type Source, type Span, span } from '../source/source.ts';
import type {
  Attr,
  CompareOp,
  Condition,
  Item,
  Mods,
  Name,
  Node,
  PatchAct,
  Path,
  PathStep,
  Position,
  ScopeWord,
  Selector,
  Statement,
  Value,
  ValuePart,
  XmlNodeLiteral,
} from './ast.ts';
import { stringParts, variablePart } from './strings.ts';
import {
  At,
  Bare,
  Comma,
  Dot,
  Eq,
  EqEq,
  Greater,
  GreaterEq,
  Hash,
  Int,
  keywordTokens as kw,
  LBrace,
  LBracket,
  Less,
  LessEq,
  LParen,
  NotEq,
  Optional,
  RBrace,
  RBracket,
  RParen,
  Separator,
  Star,
  StringLiteral,
  tokenEnd,
  tokenTypes,
  Variable,
  Word,
  XmlLiteral,
} from './tokens.ts';

/** Deeper nesting of `not` than anybody means; brackets are counted where the script is cut. */
const MAX_NOTS = 64;
/** More than any table holds, and safe to count with. */
const MAX_COUNT = 1_000_000_000;

const ONE = { type: 'one' } as const;
const EACH = { type: 'each' } as const;
const NO_MODS: Mods = { ifExists: false, count: ONE, because: null };
const NO_ATTRS: readonly Attr[] = [];
const NO_NODES: readonly Node[] = [];
const NO_PARTS: readonly ValuePart[] = [];
const NO_SOURCE: Source = { name: '', text: '' };
const NOWHERE: Span = span(NO_SOURCE, 0, 0);
/** Names kept for sharing; real scripts have a few dozen. */
const MAX_SHARED = 1000;

/** What the parser expected, for messages.ts; Chevrotain's own sentences are shown to nobody. */
const expectations: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => expected.LABEL ?? expected.name,
  buildNotAllInputParsedMessage: () => END_OF_ITEM,
  buildNoViableAltMessage: ({ customUserDescription }) => customUserDescription ?? '',
  buildEarlyExitMessage: ({ customUserDescription }) => customUserDescription ?? '',
};
export const END_OF_ITEM = 'the end of the statement';

const ELEMENT_NAME = { ERR_MSG: 'the name of an element' };
const ATTRIBUTE_NAME = { ERR_MSG: 'the name of an attribute' };
const VARIABLE_NAME = { ERR_MSG: 'a name' };
const INTEGER = { ERR_MSG: 'a whole number' };
const TEXT = { ERR_MSG: 'a string in double quotes' };

/** Works a lookahead function out when it is first asked for: a script uses few of them, and all take long. */
function lazily(strategy: ILookaheadStrategy): ILookaheadStrategy {
  return {
    validate: (options) => strategy.validate(options),
    buildLookaheadForAlternation: (options) => {
      let look: ReturnType<ILookaheadStrategy['buildLookaheadForAlternation']> | null = null;
      return function (this: BaseParser, alternatives) {
        look ??= strategy.buildLookaheadForAlternation(options);
        return look.call(this, alternatives);
      };
    },
    buildLookaheadForOptional: (options) => {
      let look: ReturnType<ILookaheadStrategy['buildLookaheadForOptional']> | null = null;
      return function (this: BaseParser) {
        look ??= strategy.buildLookaheadForOptional(options);
        return look.call(this);
      };
    },
  };
}

export class UpdateParser extends EmbeddedActionsParser {
  private source: Source = NO_SOURCE;
  private readonly names = new Map<string, string>();
  private listener: (problem: Diagnostic) => void = () => {};
  /** How many errors were reported besides refusals. */
  errorsTold = 0;

  constructor(validations: 'check' | 'skip') {
    super([...tokenTypes], {
      lookaheadStrategy: lazily(new LLkLookaheadStrategy({ maxLookahead: 1 })),
      maxLookahead: 1,
      recoveryEnabled: false,
      errorMessageProvider: expectations,
      skipValidations: validations === 'skip',
    });
    this.performSelfAnalysis();
  }

  /** What the following calls parse tokens of, and who hears of problems that do not stop them. */
  begin(source: Source, report: (problem: Diagnostic) => void): void {
    this.source = source;
    this.listener = report;
  }

  /** Lets go of the text and the tokens, for the parser lives as long as the process. */
  end(): void {
    this.source = NO_SOURCE;
    this.listener = () => {};
    this.names.clear();
    this.input = [];
  }

  // script and items

  readonly script = this.RULE('script', (): readonly Item[] => {
    const items: Item[] = [];
    this.MANY_SEP({ SEP: Separator, DEF: () => items.push(this.SUBRULE(this.item)) });
    return items;
  });

  // made once: as a literal in the rule, the closures of the alternatives cost more than the choice
  private readonly itemKinds: IOrAlt<Item>[] = [
    { ALT: () => this.SUBRULE(this.include) },
    { ALT: () => this.SUBRULE(this.param) },
    { ALT: () => this.SUBRULE(this.scope) },
    { ALT: () => this.SUBRULE(this.namespace) },
    { ALT: () => this.SUBRULE(this.because) },
    { ALT: () => this.SUBRULE(this.let) },
    { ALT: () => this.SUBRULE(this.on) },
    { ALT: () => this.SUBRULE(this.in) },
    { ALT: () => this.SUBRULE(this.for) },
    { ALT: () => this.SUBRULE(this.when) },
    { ALT: () => this.SUBRULE(this.add) },
    { ALT: () => this.SUBRULE(this.ensure) },
    { ALT: () => this.SUBRULE(this.set) },
    { ALT: () => this.SUBRULE(this.unset) },
    { ALT: () => this.SUBRULE(this.replace) },
    { ALT: () => this.SUBRULE(this.remove) },
    { ALT: () => this.SUBRULE(this.move) },
    { ALT: () => this.SUBRULE(this.patch) },
    { ALT: () => this.SUBRULE(this.assert) },
    { ALT: () => this.SUBRULE(this.expect) },
  ];

  readonly item = this.RULE('item', (): Item => this.OR(this.itemKinds));

  private readonly include = this.RULE('include', (): Item => {
    const start = this.CONSUME(kw.include);
    const file = this.SUBRULE(this.string);
    return { type: 'include', file, span: this.spanFrom(start) };
  });

  private readonly param = this.RULE('param', (): Item => {
    const start = this.CONSUME(kw.param);
    const name = this.SUBRULE(this.variableName);
    const value = this.OPTION(() => {
      this.CONSUME(Eq);
      return this.SUBRULE(this.value);
    });
    return { type: 'param', name, value: value ?? null, span: this.spanFrom(start) };
  });

  private readonly scope = this.RULE('scope', (): Item => {
    const start = this.CONSUME(kw.scope);
    const scope = this.SUBRULE(this.scopeWord);
    return { type: 'scope', scope, span: this.spanFrom(start) };
  });

  private readonly namespace = this.RULE('namespace', (): Item => {
    const start = this.CONSUME(kw.namespace);
    const prefix = this.SUBRULE(this.variableName);
    this.CONSUME(Eq);
    const uri = this.SUBRULE(this.string);
    return { type: 'namespace', prefix, uri, span: this.spanFrom(start) };
  });

  private readonly because = this.RULE('because', (): Item => {
    const start = this.CONSUME(kw.because);
    const text = this.SUBRULE(this.string);
    return { type: 'because', text, span: this.spanFrom(start) };
  });

  private readonly let = this.RULE('let', (): Item => {
    const start = this.CONSUME(kw.let);
    const name = this.SUBRULE(this.variableName);
    this.CONSUME(Eq);
    const value = this.SUBRULE(this.value);
    return { type: 'let', name, value, span: this.spanFrom(start) };
  });

  private readonly on = this.RULE('on', (): Item => {
    const start = this.CONSUME(kw.on);
    this.CONSUME(kw.network);
    const networks: Value[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: Comma,
      DEF: () => networks.push(this.SUBRULE(this.value)),
      ERR_MSG: 'the name of a network',
    });
    const at = this.spanFrom(start);
    const body = this.SUBRULE(this.block);
    return { type: 'on', networks, body, span: at };
  });

  private readonly in = this.RULE('in', (): Item => {
    const start = this.CONSUME(kw.in);
    const scope = this.SUBRULE(this.scopeWord);
    const at = this.spanFrom(start);
    const body = this.SUBRULE(this.block);
    return { type: 'in', scope, body, span: at };
  });

  private readonly for = this.RULE('for', (): Item => {
    const start = this.CONSUME(kw.for);
    const name = this.SUBRULE(this.variableName);
    this.CONSUME(kw.in);
    const format = this.OR<'csv' | 'json'>({
      DEF: [{ ALT: () => this.take(kw.csv, 'csv') }, { ALT: () => this.take(kw.json, 'json') }],
      ERR_MSG: '`csv("…")` or `json("…")`',
    });
    this.CONSUME(LParen);
    const file = this.SUBRULE(this.string);
    this.CONSUME(RParen);
    const at = this.spanFrom(start);
    const body = this.SUBRULE(this.block);
    return { type: 'for', name, format, file, body, span: at };
  });

  private readonly when = this.RULE('when', (): Item => {
    const start = this.CONSUME(kw.when);
    const condition = this.SUBRULE(this.condition);
    const at = this.spanFrom(start);
    const body = this.SUBRULE(this.block);
    return { type: 'when', condition, body, span: at };
  });

  private readonly block = this.RULE('block', (): readonly Item[] => {
    this.CONSUME(LBrace);
    // parse.ts cuts the body out and parses it by itself: only the test parses it here
    const items = this.SUBRULE(this.script);
    this.CONSUME(RBrace);
    return items;
  });

  private readonly scopeWord = this.RULE(
    'scopeWord',
    (): ScopeWord =>
      this.OR<ScopeWord>({
        DEF: [
          { ALT: () => this.take(kw.live, 'live') },
          { ALT: () => this.take(kw.config, 'config') },
          { ALT: () => this.take(kw['live+config'], 'live+config') },
        ],
        ERR_MSG: '`live`, `config` or `live+config`',
      }),
  );

  // statements

  private readonly add = this.RULE('add', (): Statement => {
    const start = this.CONSUME(kw.add);
    const node = this.SUBRULE(this.node);
    const to = this.OPTION(() => {
      this.CONSUME(kw.to);
      return this.SUBRULE(this.path);
    });
    const position = this.OPTION2(() => this.SUBRULE(this.position));
    const mods = this.SUBRULE(this.mods);
    return {
      type: 'add',
      node,
      to: to ?? null,
      position: position ?? null,
      mods,
      span: this.spanFrom(start),
    };
  });

  private readonly ensure = this.RULE('ensure', (): Statement => {
    const start = this.CONSUME(kw.ensure);
    const node = this.SUBRULE(this.node);
    const inside = this.OPTION(() => {
      this.CONSUME(kw.in);
      return this.SUBRULE(this.path);
    });
    const position = this.OPTION2(() => this.SUBRULE(this.position));
    const mods = this.SUBRULE(this.mods);
    return {
      type: 'ensure',
      node,
      in: inside ?? null,
      position: position ?? null,
      mods,
      span: this.spanFrom(start),
    };
  });

  private readonly set = this.RULE('set', (): Statement => {
    const start = this.CONSUME(kw.set);
    const path = this.SUBRULE(this.path);
    let value: Value | null = null;
    let attrs = NO_ATTRS;
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(Eq);
            value = this.SUBRULE(this.value);
          },
        },
        { ALT: () => (attrs = this.SUBRULE(this.attrs)) },
      ],
      ERR_MSG: '`name=value`, or `= value` for the text',
    });
    const mods = this.SUBRULE(this.mods);
    const at = this.spanFrom(start);
    return value === null
      ? { type: 'set', path, attrs, mods, span: at }
      : { type: 'set-text', path, value, mods, span: at };
  });

  private readonly unset = this.RULE('unset', (): Statement => {
    const start = this.CONSUME(kw.unset);
    const path = this.SUBRULE(this.path);
    const attrs: Name[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: Comma,
      DEF: () => {
        this.CONSUME(At);
        attrs.push(this.name(this.CONSUME(Word, ATTRIBUTE_NAME)));
      },
      ERR_MSG: '`@` and the name of an attribute',
    });
    this.refuseTwice(attrs.map((name) => ({ name })));
    const mods = this.SUBRULE(this.mods);
    return { type: 'unset', path, attrs, mods, span: this.spanFrom(start) };
  });

  private readonly replace = this.RULE('replace', (): Statement => {
    const start = this.CONSUME(kw.replace);
    const path = this.SUBRULE(this.path);
    this.CONSUME(kw.with);
    const node = this.SUBRULE(this.node);
    const mods = this.SUBRULE(this.mods);
    return { type: 'replace', path, node, mods, span: this.spanFrom(start) };
  });

  private readonly remove = this.RULE('remove', (): Statement => {
    const start = this.CONSUME(kw.remove);
    let node: Node | null = null;
    let path: Path | null = null;
    let from: Path | undefined;
    this.OR([
      {
        GATE: this.nodeIsNext,
        ALT: () => {
          node = this.SUBRULE(this.node);
          from = this.OPTION(() => {
            this.CONSUME(kw.from);
            return this.SUBRULE(this.path);
          });
        },
      },
      { ALT: () => (path = this.SUBRULE2(this.path)) },
    ]);
    const mods = this.SUBRULE(this.mods);
    const at = this.spanFrom(start);
    if (path !== null) return { type: 'remove', path, mods, span: at };
    // one of the two was parsed; only in the recording of the grammar there is neither
    return { type: 'remove-node', node: node as unknown as Node, from: from ?? null, mods, span: at };
  });

  private readonly move = this.RULE('move', (): Statement => {
    const start = this.CONSUME(kw.move);
    const path = this.SUBRULE(this.path);
    const position = this.SUBRULE(this.position);
    const mods = this.SUBRULE(this.mods);
    return { type: 'move', path, position, mods, span: this.spanFrom(start) };
  });

  private readonly patch = this.RULE('patch', (): Statement => {
    const start = this.CONSUME(kw.patch);
    const token = this.CONSUME(StringLiteral, { ERR_MSG: 'an XPath in double quotes' });
    const xpath = this.stringValue(token, 'xpath');
    const act = this.OR<PatchAct>({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(kw.add);
            const node = this.SUBRULE(this.xml);
            const position = this.OPTION(() => this.SUBRULE(this.position));
            return { type: 'add', node, position: position ?? null };
          },
        },
        {
          ALT: () => {
            this.CONSUME(kw.replace);
            return { type: 'replace', node: this.SUBRULE2(this.xml) };
          },
        },
        { ALT: () => this.take(kw.remove, { type: 'remove' }) },
        {
          ALT: () => {
            this.CONSUME(kw.set);
            return { type: 'set', attrs: this.SUBRULE(this.attrs) };
          },
        },
      ],
      ERR_MSG: '`add`, `replace`, `remove` or `set`',
    });
    const mods = this.SUBRULE(this.mods);
    return { type: 'patch', xpath, act, mods, span: this.spanFrom(start) };
  });

  private readonly assert = this.RULE('assert', (): Statement => {
    const start = this.CONSUME(kw.assert);
    const condition = this.SUBRULE(this.condition);
    const message = this.OPTION(() => this.SUBRULE(this.string));
    return { type: 'assert', condition, message: message ?? null, span: this.spanFrom(start) };
  });

  private readonly expect = this.RULE('expect', (): Statement => {
    const start = this.CONSUME(kw.expect);
    const condition = this.SUBRULE(this.condition);
    const message = this.OPTION(() => this.SUBRULE(this.string));
    return { type: 'expect', condition, message: message ?? null, span: this.spanFrom(start) };
  });

  private readonly mods = this.RULE('mods', (): Mods => {
    if (this.LA(1).tokenType === EOF && !this.RECORDING_PHASE) return NO_MODS;
    let ifExists = false;
    let count: Mods['count'] = ONE;
    let because: Value | null = null;
    this.OPTION(() => {
      this.CONSUME(kw.if);
      this.CONSUME(kw.exists);
      ifExists = true;
    });
    this.OPTION2(() =>
      this.OR([
        {
          ALT: () => {
            this.CONSUME(kw.each);
            count = EACH;
          },
        },
        {
          ALT: () => {
            this.CONSUME(kw.exactly);
            count = { type: 'exactly', n: this.wholeNumber(this.CONSUME(Int, INTEGER)) };
          },
        },
      ]),
    );
    this.OPTION3(() => {
      this.CONSUME(kw.because);
      because = this.SUBRULE(this.string);
    });
    return !ifExists && count === ONE && because === null ? NO_MODS : { ifExists, count, because };
  });

  // elements

  private readonly node = this.RULE(
    'node',
    (): Node =>
      this.OR<Node>({
        DEF: [{ ALT: () => this.SUBRULE(this.xml) }, { ALT: () => this.SUBRULE(this.element) }],
        ERR_MSG: 'an element',
      }),
  );

  private readonly xml = this.RULE('xml', (): XmlNodeLiteral => {
    const token = this.CONSUME(XmlLiteral, { ERR_MSG: 'an XML literal' });
    return { type: 'xml', span: this.spanFrom(token) };
  });

  private readonly element = this.RULE('element', (): Node => {
    const start = this.CONSUME(Word, ELEMENT_NAME);
    const name = this.name(start);
    let text: Value | null = null;
    let attrs = NO_ATTRS;
    let body = NO_NODES;
    this.OR([
      {
        ALT: () => {
          this.CONSUME(Eq);
          text = this.SUBRULE(this.value);
        },
      },
      {
        ALT: () => {
          this.OPTION({ GATE: this.attrIsNext, DEF: () => (attrs = this.SUBRULE(this.attrs)) });
          this.OPTION2(() => (body = this.SUBRULE(this.body)));
        },
      },
    ]);
    return { type: 'node', name, text, attrs, body, span: this.spanFrom(start) };
  });

  private readonly body = this.RULE('body', (): readonly Node[] => {
    const nodes: Node[] = [];
    this.CONSUME(LBrace);
    this.MANY_SEP({ SEP: Separator, DEF: () => nodes.push(this.SUBRULE(this.node)) });
    this.CONSUME(RBrace);
    return nodes;
  });

  private readonly attrs = this.RULE('attrs', (): readonly Attr[] => {
    const attrs: Attr[] = [];
    // Chevrotain's lookahead takes any Word: without the gate a following `to` would be read as an attribute
    this.AT_LEAST_ONE({
      GATE: this.attrIsNext,
      DEF: () => attrs.push(this.SUBRULE(this.attr)),
      ERR_MSG: '`name=value`',
    });
    this.refuseTwice(attrs);
    // an array that grew by push keeps room for 17
    return attrs.slice();
  });

  private readonly attr = this.RULE('attr', (): Attr => {
    const start = this.CONSUME(Word, ATTRIBUTE_NAME);
    this.CONSUME(Eq);
    const value = this.SUBRULE(this.value);
    let optional = false;
    this.OPTION(() => {
      this.CONSUME(Optional);
      optional = true;
    });
    return { name: this.name(start), value, optional, span: this.spanFrom(start) };
  });

  // places

  private readonly path = this.RULE('path', (): Path => {
    const steps: PathStep[] = [];
    const start = this.LA(1);
    this.AT_LEAST_ONE_SEP({
      SEP: Dot,
      DEF: () => steps.push(this.SUBRULE(this.step)),
      ERR_MSG: 'a path',
    });
    const root = steps[0];
    if (this.RECORDING_PHASE || root === undefined) return { steps, span: NOWHERE };
    const at = steps.length === 1 ? root.span : this.spanFrom(start);
    if (root.name.text !== 'network') return { steps: steps.slice(), span: at };
    if (root.selector !== null) this.report(selectedRoot(root.selector.span));
    return { steps: steps.slice(1), span: at };
  });

  private readonly step = this.RULE('step', (): PathStep => {
    const start = this.CONSUME(Word, ELEMENT_NAME);
    const selector = this.OPTION(() => this.SUBRULE(this.selector));
    const name = this.name(start);
    return selector === undefined
      ? { name, selector: null, span: name.span }
      : { name, selector, span: this.spanFrom(start) };
  });

  private readonly selector = this.RULE('selector', (): Selector => {
    const start = this.CONSUME(LBracket);
    const attrs: { readonly name: Name; readonly value: Value }[] = [];
    let key: Value | null = null;
    let n = 0;
    this.OR({
      DEF: [
        { ALT: () => this.CONSUME(Star) },
        {
          ALT: () => {
            this.CONSUME(Hash);
            n = this.wholeNumber(this.CONSUME(Int, INTEGER));
          },
        },
        {
          ALT: () =>
            this.AT_LEAST_ONE_SEP({
              SEP: Comma,
              DEF: () => {
                const name = this.name(this.CONSUME(Word, ATTRIBUTE_NAME));
                this.CONSUME(Eq);
                attrs.push({ name, value: this.SUBRULE(this.value) });
              },
              ERR_MSG: '`name=value`',
            }),
        },
        { ALT: () => (key = this.SUBRULE2(this.value)) },
      ],
      ERR_MSG: 'a key, `name=value`, `#` and a number, or `*`',
    });
    this.CONSUME(RBracket);
    const at = this.spanFrom(start);
    if (key !== null) return { type: 'key', value: key, span: at };
    if (n > 0) return { type: 'nth', n, span: at };
    if (attrs.length === 0) return { type: 'all', span: at };
    this.refuseTwice(attrs);
    return { type: 'attrs', attrs, span: at };
  });

  private readonly position = this.RULE('position', (): Position => {
    const start = this.LA(1);
    return this.OR<Position>({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(kw.first);
            return { type: 'first', span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(kw.last);
            return { type: 'last', span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(kw.before);
            const step = this.SUBRULE(this.step);
            return { type: 'before', step, span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(kw.after);
            const step = this.SUBRULE2(this.step);
            return { type: 'after', step, span: this.spanFrom(start) };
          },
        },
      ],
      ERR_MSG: '`first`, `last`, `before` or `after`',
    });
  });

  // conditions

  private readonly condition = this.RULE('condition', (): Condition => {
    const start = this.LA(1);
    const first = this.SUBRULE(this.conjunction);
    const conditions = [first];
    this.MANY(() => {
      this.CONSUME(kw.or);
      conditions.push(this.SUBRULE2(this.conjunction));
    });
    return conditions.length === 1 ? first : { type: 'or', conditions, span: this.spanFrom(start) };
  });

  private readonly conjunction = this.RULE('conjunction', (): Condition => {
    const start = this.LA(1);
    const first = this.SUBRULE(this.negation);
    const conditions = [first];
    this.MANY(() => {
      this.CONSUME(kw.and);
      conditions.push(this.SUBRULE2(this.negation));
    });
    return conditions.length === 1 ? first : { type: 'and', conditions, span: this.spanFrom(start) };
  });

  private readonly negation = this.RULE('negation', (): Condition => {
    const nots: IToken[] = [];
    this.MANY({ GATE: this.notIsNext, DEF: () => nots.push(this.CONSUME(kw.not)) });
    let condition = this.SUBRULE(this.test);
    const tooMany = nots[MAX_NOTS];
    if (tooMany !== undefined) {
      this.report(
        error('SL312', this.spanOf(tooMany), `more than ${MAX_NOTS} times \`not\``, {
          help: 'two of them cancel out',
        }),
      );
      nots.length = MAX_NOTS;
    }
    for (let i = nots.length - 1; i >= 0; i--) {
      // the index is in the array
      condition = { type: 'not', condition, span: this.spanFrom(nots[i]!) };
    }
    return condition;
  });

  private readonly test = this.RULE(
    'test',
    (): Condition =>
      this.OR<Condition>({
        DEF: [
          {
            ALT: () => {
              this.CONSUME(LParen);
              const condition = this.SUBRULE(this.condition);
              this.CONSUME(RParen);
              return condition;
            },
          },
          { GATE: () => this.LA(2).tokenType === LParen, ALT: () => this.SUBRULE(this.countTest) },
          { ALT: () => this.SUBRULE(this.pathTest) },
        ],
        ERR_MSG: 'a condition',
      }),
  );

  private readonly countTest = this.RULE('countTest', (): Condition => {
    const start = this.CONSUME(kw.count);
    this.CONSUME2(LParen);
    const path = this.SUBRULE(this.path);
    this.CONSUME2(RParen);
    const op = this.SUBRULE(this.order);
    const value = this.SUBRULE(this.value);
    const literal = this.RECORDING_PHASE ? undefined : value.parts[0];
    if (literal?.type === 'literal' && value.parts.length === 1 && !/^[0-9]{1,9}$/.test(literal.text)) {
      this.report(
        error('SL317', value.span, `\`${shortened(literal.text)}\` is not a whole number`, {
          help: 'a count is compared with a whole number',
        }),
      );
    }
    return { type: 'count', path, op, value, span: this.spanFrom(start) };
  });

  private readonly pathTest = this.RULE('pathTest', (): Condition => {
    const start = this.LA(1);
    const path = this.SUBRULE(this.path);
    return this.OR<Condition>({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(kw.exists);
            return { type: 'exists', path, span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(kw.absent);
            return { type: 'absent', path, span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(At);
            const attr = this.name(this.CONSUME(Word, ATTRIBUTE_NAME));
            const op = this.SUBRULE(this.comparison);
            const value = this.SUBRULE(this.value);
            return { type: 'compare', path, attr, op, value, span: this.spanFrom(start) };
          },
        },
      ],
      ERR_MSG: '`exists`, `absent` or `@` and an attribute',
    });
  });

  private readonly comparison = this.RULE(
    'comparison',
    (): CompareOp =>
      this.OR<CompareOp>({
        DEF: [
          { ALT: () => this.SUBRULE(this.order) },
          { ALT: () => this.take(kw.in, 'in') },
          { ALT: () => this.take(kw.like, 'like') },
        ],
        ERR_MSG: 'an operator (`==` `!=` `<` `<=` `>` `>=` `in` `like`)',
      }),
  );

  private readonly order = this.RULE(
    'order',
    (): Exclude<CompareOp, 'in' | 'like'> =>
      this.OR<Exclude<CompareOp, 'in' | 'like'>>({
        DEF: [
          { ALT: () => this.take(EqEq, '==') },
          { ALT: () => this.take(NotEq, '!=') },
          { ALT: () => this.take(Less, '<') },
          { ALT: () => this.take(LessEq, '<=') },
          { ALT: () => this.take(Greater, '>') },
          { ALT: () => this.take(GreaterEq, '>=') },
        ],
        ERR_MSG: 'an operator (`==` `!=` `<` `<=` `>` `>=`)',
      }),
  );

  // values and names

  private readonly valueForms = {
    DEF: [
      { ALT: () => this.bareValue(this.CONSUME(Bare)) },
      { ALT: () => this.stringValue(this.CONSUME(StringLiteral), 'text') },
      { ALT: () => this.variableValue(this.CONSUME(Variable)) },
    ],
    ERR_MSG: 'a value',
  };

  private readonly value = this.RULE('value', (): Value => this.OR(this.valueForms));

  private readonly string = this.RULE(
    'string',
    (): Value => this.stringValue(this.CONSUME(StringLiteral, TEXT), 'text'),
  );

  private readonly variableName = this.RULE('variableName', (): Name => {
    const name = this.name(this.CONSUME(Word, VARIABLE_NAME));
    if (name.text.includes(':')) {
      this.report(
        error('SL321', name.span, `\`${name.text}\` cannot be a name here`, { help: 'leave out the colon' }),
      );
    }
    return name;
  });

  // gates

  /** A word before `=`. */
  private readonly attrIsNext = (): boolean => this.LA(2).tokenType === Eq;

  /** `remove` is followed by a node, not by a path. */
  private readonly nodeIsNext = (): boolean => {
    if (this.LA(1).tokenType === XmlLiteral) return true;
    const second = this.LA(2).tokenType;
    return second === kw.from || second === Eq || second === LBrace || this.LA(3).tokenType === Eq;
  };

  /** `not` is also a name: `not exists` asks for an element called so, `not exists exists` does not. */
  private readonly notIsNext = (): boolean => {
    if (this.LA(1).tokenType !== kw.not) return false;
    const second = this.LA(2).tokenType;
    if (second === Dot || second === LBracket || second === At) return false;
    if (second !== kw.exists && second !== kw.absent) return true;
    const third = this.LA(3).tokenType;
    return third === Dot || third === LBracket || third === At || third === kw.exists || third === kw.absent;
  };

  // actions

  private take<T>(type: TokenType, meaning: T): T {
    this.CONSUME(type);
    return meaning;
  }

  private readonly report = (problem: Diagnostic): void => {
    if (problem.severity === 'error') this.errorsTold++;
    this.listener(problem);
  };

  private spanFrom(start: IToken): Span {
    // the recorded tokens stand at NaN, and one such span makes V8 box the numbers of all spans there will ever be
    return this.RECORDING_PHASE ? NOWHERE : span(this.source, start.startOffset, tokenEnd(this.LA(0)));
  }

  private spanOf(token: IToken): Span {
    return this.RECORDING_PHASE ? NOWHERE : span(this.source, token.startOffset, tokenEnd(token));
  }

  private name(token: IToken): Name {
    return { text: this.shared(token.image), span: this.spanOf(token) };
  }

  /** One string for all tokens that spell the same name: scripts say `host` and `mac` a hundred thousand times. */
  private shared(text: string): string {
    const known = this.names.get(text);
    if (known !== undefined) return known;
    if (this.names.size < MAX_SHARED) this.names.set(text, text);
    return text;
  }

  private bareValue(token: IToken): Value {
    return { parts: [{ type: 'literal', text: token.image }], form: 'bare', span: this.spanOf(token) };
  }

  private stringValue(token: IToken, kind: 'text' | 'xpath'): Value {
    const at = this.spanOf(token);
    const parts = this.RECORDING_PHASE
      ? NO_PARTS
      : stringParts(this.source, at.start, at.end, kind, this.report);
    return { parts, form: 'string', span: at };
  }

  private variableValue(token: IToken): Value {
    const parts = this.RECORDING_PHASE ? NO_PARTS : [variablePart(this.source, token.startOffset)];
    return { parts, form: 'variable', span: this.spanOf(token) };
  }

  /** The number of an INT; 0 is an error, and taken as 1. */
  private wholeNumber(token: IToken): number {
    const n = Number(token.image);
    if (n >= 1 && n <= MAX_COUNT) return n;
    if (!this.RECORDING_PHASE) {
      this.report(
        error('SL317', this.spanOf(token), `\`${shortened(token.image)}\` is out of range`, {
          help: `write a number from 1 to ${MAX_COUNT}`,
        }),
      );
    }
    return 1;
  }

  private refuseTwice(attrs: readonly { readonly name: Name }[]): void {
    if (attrs.length < 2 || this.RECORDING_PHASE) return;
    // nearly every statement comes through here, and a map for three names costs more than looking at them
    const seen = attrs.length > 8 ? new Map<string, Name>() : null;
    for (let i = 0; i < attrs.length; i++) {
      // the index is in the array
      const { name } = attrs[i]!;
      const first = seen === null ? firstOf(attrs, name.text, i) : seen.get(name.text);
      if (first === undefined) seen?.set(name.text, name);
      else {
        this.report(
          error('SL320', name.span, `attribute \`${name.text}\` is given twice`, {
            labels: [{ span: first.span, message: 'first given here' }],
            help: 'leave one of them out',
          }),
        );
      }
    }
  }
}

function firstOf(attrs: readonly { readonly name: Name }[], text: string, before: number): Name | undefined {
  for (let i = 0; i < before; i++) if (attrs[i]?.name.text === text) return attrs[i]?.name;
  return undefined;
}

function selectedRoot(at: Span): Diagnostic {
  return error('SL307', at, '`network` is the root element and takes no selector', {
    help: 'choose a network with `on network NAME { … }`',
  });
}

export function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
