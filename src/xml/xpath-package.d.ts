// What xpath-engine.ts uses of xpath 0.0.34. Nodes are of whatever kind the caller gives.

/** A parsed expression, or a value: everything in the package answers `evaluate`. */
export type Expression = { evaluate(context: Context): Value };

export type Value = { stringValue(): string };

export type NodeSet = Value & { nodes: unknown[]; size: number };

export type Context = {
  contextNode: unknown;
  contextSize: number;
  contextPosition: number;
  expressionContextNode: unknown;
};

export type Step = {
  readonly axis: number;
  readonly nodeTest: { matches(node: unknown, context: Context): boolean };
};

export type XPathFunction = (this: unknown, context: Context, ...args: readonly Expression[]) => Value;

export type Functions = {
  readonly thisArg?: unknown;
  getFunction(local: string, ns: string): XPathFunction | undefined;
};

export declare const xpathPackage: {
  readonly XPathParser: new () => { parse(expression: string): Expression };
  readonly XPathContext: new (
    variables: { getVariable(local: string, ns: string): Value },
    namespaces: { getNamespace(prefix: string, node: unknown): string | null },
    functions: Functions,
  ) => Context;
  readonly FunctionResolver: {
    new (): Functions & { functions: object };
    readonly prototype: { addStandardFunctions(this: { functions: object }): void };
  };
  readonly XString: new (text: string) => Value & { readonly str: string };
  readonly XNumber: new (number: number) => Value & { readonly num: number };
  readonly XBoolean: new (truth: boolean) => Value & { readonly b: boolean };
  readonly XNodeSet: {
    new (): NodeSet;
    readonly prototype: {
      addArray(this: NodeSet, nodes: readonly unknown[]): void;
      toArray(this: NodeSet): unknown[];
      first(this: NodeSet): unknown;
    };
  };
  readonly Step: { readonly FOLLOWING: number; readonly PRECEDING: number };
  readonly PathExpr: {
    applyStep(step: Step, context: Context, node: unknown): readonly unknown[];
    applySteps(steps: readonly Step[], context: Context, nodes: readonly unknown[]): unknown[];
    predicateMatches(predicate: Expression, context: Context): boolean;
  };
};
